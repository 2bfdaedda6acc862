import { availableParallelism, totalmem } from 'node:os';
import { abortable } from '../abort';
import { Limiter, type Release } from '../limiter';
import { decodersAtOnce } from './decoders';
import { tooLarge } from './errors';
import type { CheckedImage, RawPixels } from './image';
import { copyAsRgb, copyPixels, type DecodedImage, heldTwice, whole } from './pixels';

/** How many times smaller along each side; whole or not. */
export interface Shrink {
  across: number;
  down: number;
}

export interface DecodeOptions {
  /** Largest picture decoded, in pixels. */
  maxPixels: number;
  /**
   * Fast mode: how many times smaller a picture of this upright size may be decoded. Where that is not worth it the picture is decoded whole;
   * see `planDecoding`.
   */
  shrinkFor?: (width: number, height: number) => Shrink;
  /**
   * Asked before a picture is decoded for which so many bytes of memory are needed, so that all of them together can be bounded. What it
   * resolves to is called when fewer will do.
   */
  reserve?: (bytes: number) => Promise<Release>;
  signal?: AbortSignal;
}

/** Default of `maxPixels`: 134 million, 384 MiB of RGB. */
export const defaultMaxPixels = 2 ** 27;

/** Pictures decoded at a time, over the whole process. */
export const decodeLimiter = new Limiter(decodersAtOnce());

/**
 * Bytes of decoded pictures the process holds at a time, from the start of their decoding to the end of the work on them: a few of a
 * camera's pictures for each processor, but not much of the machine's memory. A picture larger than that is worked on alone.
 */
const heldBytes = Math.min(Math.max(2 ** 29, availableParallelism() * 2 ** 27), totalmem() / 4);

/** See {@link heldBytes}. */
const memory = new Limiter(heldBytes);

/**
 * Waits until there is memory for so many bytes of pictures. Resolves to the function that gives it back; on abort, rejects with the signal's
 * reason. Whoever waits here must not keep a decoder from others: those who have memory may be waiting for it.
 */
export function acquireMemory(bytes: number, signal?: AbortSignal): Promise<Release> {
  return memory.acquire(signal, bytes);
}

/**
 * Reads and decodes an image: first frame, upright by its EXIF orientation, converted to 8-bit sRGB (embedded colour profiles, CMYK,
 * grey and 16-bit channels), alpha dropped as TensorFlow's `decode_image(channels=3)` does. All but BMP is decoded on libvips' threads.
 * `waited` is the time spent in line for a decoder, in milliseconds.
 *
 * Throws ERR_IMAGE_NOT_FOUND, ERR_IMAGE_DECODE, ERR_IMAGE_TOO_LARGE, ERR_DOWNLOAD or ERR_NATIVE_LOAD (sharp cannot be loaded); on abort,
 * the signal's reason.
 */
export async function decodeImage(image: CheckedImage, options: DecodeOptions): Promise<DecodedImage & { waited: number }> {
  options.signal?.throwIfAborted();
  if (image.kind === 'raw') {
    return decodeRaw(image, options);
  }
  // Loaded here, with all it needs: pixels that are decoded already need none of it.
  const { decodePipeline, openBytes, readImage } = require('./encoded') as typeof import('./encoded');
  if (image.kind === 'sharp') {
    // It takes no place in line: its pipeline may be fed late, or never.
    return { ...(await abortable(decodePipeline(image, options), options.signal)), waited: 0 };
  }
  // First all that may take long though no decoder is needed for it: a slow download, waiting for memory.
  const bytes = await readImage(image, options.signal);
  const decode = await abortable(openBytes(bytes, image.name, options), options.signal);
  return inTurn(decode, options);
}

/** Decodes once a decoder is free. */
async function inTurn(decode: () => Promise<DecodedImage>, { signal }: DecodeOptions) {
  const asked = performance.now();
  const release = await decodeLimiter.acquire(signal);
  const waited = performance.now() - asked;
  // libvips cannot be stopped: the caller goes at once on abort, the place is given back when the work is done.
  return { ...(await abortable(decode().finally(release), signal)), waited };
}

async function decodeRaw(image: RawPixels, options: DecodeOptions) {
  const { pixels, width, height, channels, name } = image;
  const { maxPixels, reserve } = options;
  if (width * height > maxPixels) {
    throw tooLarge(name, width, height, maxPixels);
  }
  await reserve?.(heldTwice(width, height));
  const copy = () =>
    channels === 3 ? copyPixels(pixels, width * height * 3, name) : copyAsRgb(pixels, width * height, channels, name);
  return inTurn(async () => whole(await copy(), width, height), options);
}
