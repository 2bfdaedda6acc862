import { shrinkTo } from '../drawing/geometry';
import type { Photo } from './photo';

/** Longest side of a small copy. */
const longest = 720;

let before: Promise<void> = Promise.resolve();

/** Opens photos one after the other: decoded, each takes four bytes a pixel. */
export function openPhoto(photo: Photo): void {
  before = before.then(() => open(photo));
}

async function open(photo: Photo): Promise<void> {
  try {
    const bitmap = await createImageBitmap(photo.file);
    const { width, height } = bitmap;
    const size = shrinkTo({ width, height }, longest);
    const canvas = new OffscreenCanvas(size.width, size.height);
    const context = canvas.getContext('2d');
    if (context) {
      context.imageSmoothingQuality = 'high';
      context.drawImage(bitmap, 0, 0, size.width, size.height);
    }
    bitmap.close();
    const copy = await canvas.convertToBlob({ type: 'image/webp', quality: 0.85 });
    photo.show(width, height, URL.createObjectURL(copy));
  } catch {
    photo.picture.value = { kind: 'unknown' };
  }
}
