import { extname } from 'node:path';

/** Endings of files that are taken for pictures where nobody named them one by one. */
const endings = [...['.jpg', '.jpeg', '.jpe', '.jfif', '.png', '.webp', '.gif'], ...['.tif', '.tiff', '.avif', '.svg', '.bmp']];

export function isPictureName(name: string): boolean {
  return endings.includes(extname(name).toLowerCase());
}

/** Names that file managers hide, AppleDouble's `._photo.jpg` among them. */
export function isHiddenName(name: string): boolean {
  return name.startsWith('.');
}

export function isArchiveName(name: string): boolean {
  return extname(name).toLowerCase() === '.tar';
}
