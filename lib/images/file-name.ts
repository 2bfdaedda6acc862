import { parse } from 'node:path';
import { checkImage } from './image';

/** Bytes of UTF-8 in a name: file systems end at 255, and an ending is still to come. */
const maxNameBytes = 200;

/** The image's own name, made safe for every file system; `image` when nothing is left of it. */
export function fileNameOf(image: string): string {
  const url = urlOf(image);
  const name = url ? nameInUrl(url) : parse(image).name;
  const safe = name.replaceAll(/[\p{Cc}\p{Cs}\u2028\u2029<>:"/\\|?*]/gu, '_').replace(/^\.+/, '');
  return shorten(safe, maxNameBytes) || 'image';
}

function urlOf(image: string): URL | undefined {
  try {
    const checked = checkImage(image);
    return checked.kind === 'url' ? checked.url : undefined;
  } catch {
    // No image at all: its failure is reported where it is read.
    return undefined;
  }
}

/** The last part of the path, or else the host. */
function nameInUrl({ protocol, pathname, hostname }: URL): string {
  const part = protocol === 'data:' ? '' : pathname.split('/').findLast((text) => text !== '');
  return part === undefined ? hostname : parse(decoded(part)).name;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function shorten(text: string, maxBytes: number): string {
  let length = 0;
  let bytes = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) {
      break;
    }
    length += character.length;
  }
  return text.slice(0, length);
}
