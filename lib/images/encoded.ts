import type { Sharp } from 'sharp';
import { MobileNetError } from '../errors';
import { openBmp } from './bmp';
import { isBmp } from './bmp-header';
import type { DecodeOptions } from './decode';
import { type DecodePlan, planDecoding } from './decode-plan';
import { DamagedImageError, tooLarge, undecodable } from './errors';
import { askHeader, type Header, readHeader } from './header';
import type { CheckedImage } from './image';
import { emptyOperationCache, loadSharp } from './load-sharp';
import { copyAsRgb, copyPixels, type DecodedImage, heldTwice, whole } from './pixels';
import { readImageFile, readImageUrl } from './read';

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
    await reserve?.(heldTwice(width, height));
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
  if (!reserve && !shrinkFor) {
    return async () => {
      const { pixels, width, height } = await explained(rgb(open(), name));
      return whole(pixels, width, height);
    };
  }
  const header = readHeader(bytes) ?? (await explained(askHeader(open())));
  if (header.width * header.height > maxPixels) {
    throw tooLarge(name, header.width, header.height, maxPixels);
  }
  const plan = planDecoding(header, bytes, shrinkFor, loadSharp().concurrency());
  const release = await reserve?.(plan.bytes);
  return async () => {
    const decoded = await explained(decodeAsPlanned(open(), plan, header, name));
    if (plan.way !== 'after-alpha') {
      // What the decoder held besides is free again; what was shrunk in a second step is not until it is collected.
      release?.(heldTwice(decoded.width, decoded.height));
    }
    return decoded;
  };
}

async function decodeAsPlanned(picture: Sharp, plan: DecodePlan, header: Header, name: string): Promise<DecodedImage> {
  const { way, width, height, heldBesides } = plan;
  if (way === 'whole') {
    const { pixels, ...size } = await rgb(picture, name, heldBesides);
    return whole(pixels, size.width, size.height);
  }
  // What a JPEG's decoder has left to do is little, and sharper so; for all of it, plain averages come closest to the whole picture's scores.
  const kernel = header.format === 'jpeg' ? 'lanczos3' : 'linear';
  const source = way === 'after-alpha' ? await withoutAlpha(picture, name) : picture;
  const shrunk = await rgb(source.resize({ width, height, fit: 'fill', kernel }), name, heldBesides);
  return { ...shrunk, sourceWidth: header.width, sourceHeight: header.height };
}

/** The same picture, decoded. */
async function withoutAlpha(picture: Sharp, name: string): Promise<Sharp> {
  const { data, info } = await decodedBuffer(picture);
  if (info.channels !== 3) {
    throw undecodable(name, `it has ${info.channels} channels`);
  }
  const raw = { width: info.width, height: info.height, channels: 3 as const };
  // The picture has passed `maxPixels`, which may be more than sharp's own limit.
  return loadSharp()(data, { raw, limitInputPixels: false }).timeout({ seconds: decodeTimeout });
}

/** @param heldBesides whether the decoder holds more than comes out, which is to be freed at once */
async function rgb(picture: Sharp, name: string, heldBesides = false) {
  const { data, info } = await decodedBuffer(picture);
  if (heldBesides) {
    emptyOperationCache();
  }
  const { width, height, channels } = info;
  return { pixels: await toRgb(data, width * height, channels, name), width, height };
}

function decodedBuffer(picture: Sharp) {
  return picture.removeAlpha().toColourspace('srgb').raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
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
