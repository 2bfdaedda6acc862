import type { Metadata, Sharp } from 'sharp';
import { readJpegHeader } from './jpeg-header';

/** What the header of an encoded picture says. */
export interface Header {
  /** Of the upright picture. */
  width: number;
  height: number;
  /** Whether libvips can shrink it while it decodes it. */
  shrinks: boolean;
  /** Whether all of it is in memory meanwhile, whatever size is made of it. */
  held: boolean;
}

/** Formats whose rows come one after the other, so that few of them are in memory, and WebP, whose decoder shrinks. Other decoders gain nothing. */
const shrinking: ReadonlySet<string> = new Set(['png', 'tiff', 'webp']);

export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/** @param open the picture in sharp, for what is no JPEG or not easily read */
export async function readHeader(bytes: Uint8Array, open: () => Sharp): Promise<Header> {
  return (isJpeg(bytes) && fromJpeg(bytes)) || fromMetadata(await open().metadata());
}

/** libvips would take a hundred times as long. */
function fromJpeg(bytes: Uint8Array): Header | undefined {
  const header = readJpegHeader(bytes);
  if (!header) {
    return undefined;
  }
  const { width, height, progressive, orientation } = header;
  const upright = orientation < 5 ? { width, height } : { width: height, height: width };
  return { ...upright, shrinks: true, held: progressive };
}

function fromMetadata({ format, autoOrient, isProgressive = false, hasAlpha, orientation = 1, pages = 1 }: Metadata): Header {
  if (format === 'jpeg') {
    return { ...autoOrient, shrinks: true, held: isProgressive };
  }
  // Alpha is to be dropped, but pixels that are shrunk are weighed by it. Of several pages the first may be made of less than it shows.
  const shrinks = shrinking.has(format) && !hasAlpha && pages === 1;
  // To turn it, libvips takes it into memory first.
  return { ...autoOrient, shrinks, held: isProgressive || orientation > 1 };
}
