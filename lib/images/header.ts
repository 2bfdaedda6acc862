import type { Metadata, Sharp } from 'sharp';
import { readJpegHeader } from './jpeg-header';

/** What a picture's header says of how it is decoded. */
export interface Header {
  /** As sharp calls it: all formats of libheif are `heif`. */
  format: string;
  /** In pixels, upright. */
  width: number;
  height: number;
  /** Pixels of a row as it is stored, before the turn. */
  storedWidth: number;
  /** Whether it is turned or mirrored to be upright. */
  turned: boolean;
  /** As the decoder hands the pixels out: colours of a palette looked up, alpha among them. */
  bytesPerPixel: number;
  hasAlpha: boolean;
  /** In several passes over the picture: a progressive JPEG, an interlaced PNG. */
  progressive: boolean;
  /** Whether averages of its levels are the colours between: grey, RGB or CMYK of 8 or 16 bits, neither linear nor Lab. */
  averages: boolean;
}

const averageSpaces: string[] = ['srgb', 'rgb16', 'b-w', 'grey16', 'cmyk'] satisfies Metadata['space'][];
const levelBytes = new Map<string, number>([
  ['uchar', 1],
  ['ushort', 2],
] satisfies [Metadata['depth'], number][]);
/** Of a complex number in double precision, the largest libvips knows. */
const mostLevelBytes = 16;

/** Without asking libvips, which takes longer, where it is a JPEG's header and easily read. */
export function readHeader(bytes: Uint8Array): Header | undefined {
  const header = readJpegHeader(bytes);
  if (!header) {
    return undefined;
  }
  const { width: storedWidth, progressive, orientation } = header;
  const [width, height] = orientation < 5 ? [storedWidth, header.height] : [header.height, storedWidth];
  const turned = orientation > 1;
  return {
    ...{ format: 'jpeg', width, height, storedWidth, turned, progressive },
    ...{ bytesPerPixel: 3, hasAlpha: false, averages: true },
  };
}

/** What libvips says, which decodes nothing for it. */
export async function askHeader(picture: Sharp): Promise<Header> {
  const metadata = await picture.metadata();
  const { format, autoOrient, width, orientation = 1, channels, depth, space } = metadata;
  return {
    format,
    width: autoOrient.width,
    height: autoOrient.height,
    storedWidth: width,
    turned: orientation > 1,
    bytesPerPixel: channels * (levelBytes.get(depth) ?? mostLevelBytes),
    hasAlpha: metadata.hasAlpha,
    progressive: metadata.isProgressive,
    averages: levelBytes.has(depth) && averageSpaces.includes(space),
  };
}
