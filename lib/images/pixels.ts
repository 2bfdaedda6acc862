import { setImmediate } from 'node:timers/promises';
import { MobileNetError } from '../errors';

/** RGB8 pixels, tightly packed, rows from the top. */
export interface DecodedImage {
  pixels: Uint8Array;
  /** Of `pixels`; smaller than the source where the decoder shrank it. */
  width: number;
  height: number;
  /** Of the source, after its EXIF orientation. */
  sourceWidth: number;
  sourceHeight: number;
}

/** A picture that was decoded in its own size. */
export function whole(pixels: Uint8Array, width: number, height: number): DecodedImage {
  return { pixels, width, height, sourceWidth: width, sourceHeight: height };
}

/** Bytes of RGB pixels that their decoder holds once, the copy for the network a second time. */
export function heldTwice(width: number, height: number): number {
  return width * height * 3 * 2;
}

/** Bytes copied before the event loop gets its turn: about a millisecond's work. */
const copyStride = 2 ** 22;
/** Pixels rearranged before it does: likewise. */
const rgbStride = 2 ** 18;

/**
 * Pixels in memory that only V8 frees, for another thread to read them: a caller's could be transferred meanwhile, and sharp frees its
 * buffers when the environment ends, before any clean-up hook of ours could stop that thread.
 */
export async function copyPixels(pixels: Uint8Array, length: number, name: string): Promise<Uint8Array> {
  const copy = new Uint8Array(length);
  for (let begin = 0; begin < length; begin += copyStride) {
    await betweenSlices(begin);
    checkThere(pixels, length, name);
    copy.set(pixels.subarray(begin, begin + copyStride), begin);
  }
  return copy;
}

/** {@link copyPixels} of `count` pixels that are not RGB: grey becomes all three channels, alpha is dropped. */
export async function copyAsRgb(pixels: Uint8Array, count: number, channels: 1 | 2 | 4, name: string): Promise<Uint8Array> {
  const copy = new Uint8Array(count * 3);
  for (let begin = 0; begin < count; begin += rgbStride) {
    await betweenSlices(begin);
    checkThere(pixels, count * channels, name);
    fillRgb(pixels, channels, copy, begin, Math.min(count, begin + rgbStride));
  }
  return copy;
}

function fillRgb(pixels: Uint8Array, channels: 1 | 2 | 4, copy: Uint8Array, begin: number, end: number): void {
  const [green, blue] = channels === 4 ? [1, 2] : [0, 0];
  for (let pixel = begin; pixel < end; pixel++) {
    const from = pixel * channels;
    copy[pixel * 3] = pixels[from] as number;
    copy[pixel * 3 + 1] = pixels[from + green] as number;
    copy[pixel * 3 + 2] = pixels[from + blue] as number;
  }
}

/** A turn of the event loop, but for the first slice. */
async function betweenSlices(begin: number): Promise<void> {
  if (begin > 0) {
    await setImmediate();
  }
}

function checkThere(pixels: Uint8Array, length: number, name: string): void {
  if (pixels.byteLength !== length) {
    throw new MobileNetError('ERR_INVALID_OPTION', `${name}: their buffer was transferred before they were read`);
  }
}
