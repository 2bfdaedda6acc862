import type { Sharp } from 'sharp';
import { MobileNetError } from '../errors';
import { openBmp } from './bmp';
import { isBmp } from './bmp-header';
import type { DecodeOptions, Shrink } from './decode';
import { DamagedImageError, tooLarge, undecodable } from './errors';
import { readHeader } from './header';
import type { CheckedImage } from './image';
import { loadSharp } from './load-sharp';
import { copyAsRgb, copyPixels, type DecodedImage, whole } from './pixels';
import { readImageFile, readImageUrl } from './read';

/** From here on libjpeg shrinks by 4 or 8 while it decodes; shrinking by 2 takes it longer than not to shrink. For all formats, as rules go. */
const leastShrink = 4;
const notShrunk: Shrink = { across: 1, down: 1 };

const atLeastOne = (pixels: number) => Math.max(1, Math.floor(pixels));

/** Seconds after which libvips gives one picture up; nothing honest takes that long. */
const decodeTimeout = 120;

/** The bytes of an encoded image, wherever they are. */
export function readImage(
  image: Exclude<CheckedImage, { kind: 'sharp' | 'raw' }>,
  signal?: AbortSignal,
): Promise<Uint8Array> | Uint8Array {
  switch (image.kind) {
    case 'file':
      return readImageFile(image.path, image.name, signal);
    case 'url':
      return readImageUrl(image.url, image.name, signal);
    case 'bytes':
      return image.bytes;
  }
}

/** What a caller's own sharp pipeline makes. The limits on its input are the pipeline's own. */
export async function decodePipeline(
  image: CheckedImage & { kind: 'sharp' },
  { maxPixels, reserve }: DecodeOptions,
): Promise<DecodedImage> {
  try {
    const { pixels, width, height } = await rgb(image.pipeline.clone().autoOrient(), image.name);
    if (width * height > maxPixels) {
      throw tooLarge(image.name, width, height, maxPixels);
    }
    // Nobody knows before how large a pipeline's picture will be.
    await reserve?.(width * height);
    return whole(pixels, width, height);
  } catch (error) {
    throw error instanceof MobileNetError ? error : new DamagedImageError(image.name, firstLine(error), error);
  }
}

/**
 * All that comes before the decoding of an encoded picture: its header is read, pictures too large are refused, memory is waited for. Resolves
 * to what decodes it.
 */
export async function openBytes(bytes: Uint8Array, name: string, options: DecodeOptions): Promise<() => Promise<DecodedImage>> {
  const { maxPixels, shrinkFor, reserve, signal } = options;
  signal?.throwIfAborted();
  if (bytes.byteLength === 0) {
    throw undecodable(name, 'it is empty');
  }
  if (isBmp(bytes)) {
    return openBmp(bytes, name, options);
  }
  // 'error', not sharp's default 'warning': pictures that every viewer shows must pass, truncated ones must not.
  const open = () =>
    loadSharp()(bytes, { failOn: 'error', autoOrient: true, limitInputPixels: maxPixels }).timeout({ seconds: decodeTimeout });
  const explained = <T>(work: Promise<T>) =>
    work.catch(async (error: unknown) => {
      throw await explain(error, bytes, name, maxPixels);
    });
  const decodeWhole = async () => {
    const { pixels, width, height } = await explained(rgb(open(), name));
    return whole(pixels, width, height);
  };
  if (!reserve && !shrinkFor) {
    return decodeWhole;
  }
  const { width: sourceWidth, height: sourceHeight, shrinks, held } = await explained(readHeader(bytes, open));
  if (sourceWidth * sourceHeight > maxPixels) {
    throw tooLarge(name, sourceWidth, sourceHeight, maxPixels);
  }
  const { across, down } = (shrinks && shrinkFor?.(sourceWidth, sourceHeight)) || notShrunk;
  if (Math.min(across, down) < leastShrink) {
    await reserve?.(sourceWidth * sourceHeight);
    return decodeWhole;
  }
  const size = { width: atLeastOne(sourceWidth / across), height: atLeastOne(sourceHeight / down) };
  await reserve?.(held ? sourceWidth * sourceHeight : size.width * size.height);
  return async () => ({ ...(await explained(rgb(open().resize({ ...size, fit: 'fill' }), name))), sourceWidth, sourceHeight });
}

async function rgb(pipeline: Sharp, name: string) {
  const output = pipeline.removeAlpha().toColourspace('srgb').raw({ depth: 'uchar' });
  const { data, info } = await output.toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return { pixels: await toRgb(data, width * height, channels, name), width, height };
}

/** A caller's pipeline may make grey of colours, and put alpha on at its end, whatever is asked of it here. */
function toRgb(data: Uint8Array, count: number, channels: number, name: string): Promise<Uint8Array> {
  switch (channels) {
    case 1:
    case 2:
    case 4:
      return copyAsRgb(data, count, channels, name);
    case 3:
      return copyPixels(data, data.byteLength, name);
    default:
      throw undecodable(name, `it has ${channels} channels`);
  }
}

/** What libvips says, as an error of ours. */
async function explain(error: unknown, bytes: Uint8Array, name: string, maxPixels: number): Promise<MobileNetError> {
  if (error instanceof MobileNetError) {
    return error;
  }
  const message = firstLine(error);
  if (/exceeds.*pixel limit/i.test(message)) {
    const { width, height } = await loadSharp()(bytes, { limitInputPixels: false }).metadata();
    return tooLarge(name, width, height, maxPixels);
  }
  if (/unsupported image format/i.test(message)) {
    return undecodable(name, 'it is not a JPEG, PNG, WebP, GIF, TIFF, AVIF, SVG or BMP picture, or its header is damaged', error);
  }
  if (error instanceof RangeError || /memory/i.test(message)) {
    return new MobileNetError('ERR_OUT_OF_MEMORY', `out of memory while decoding ${name}: ${message}`, { cause: error });
  }
  return new DamagedImageError(name, message, error);
}

/** libvips may report line upon line. */
function firstLine(error: unknown): string {
  return String((error as Error | undefined)?.message ?? error).split('\n', 1)[0] as string;
}
