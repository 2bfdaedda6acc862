import type { Sharp } from 'sharp';
import { abortable } from '../../abort';
import { MobileNetError } from '../../errors';
import { checkInteger, checkOneOf, checkSignal, invalidOption } from '../../options';
import { decodeImage, defaultMaxPixels } from '../decode';
import { checkImage, type ImageInput } from '../image';
import { loadSharp } from '../load-sharp';
import type { Canvas } from './canvas';
import type { Color } from './colors';

/** What drawing anything on a picture takes. */
export interface DrawOptions {
  /** What is handed out: a sharp instance to go on with (the default) or the bytes of a PNG file. */
  output?: 'sharp' | 'png';
  /** Largest picture decoded, in pixels: 1 to 2^30. Default 2^27. */
  maxPixels?: number;
  /** Aborts the drawing, which then rejects with the signal's reason. */
  signal?: AbortSignal;
}

export const drawOptionNames = ['output', 'maxPixels', 'signal'] as const satisfies (keyof DrawOptions)[];

export function checkDrawOptions({ output, maxPixels, signal }: DrawOptions) {
  return {
    output: checkOneOf('output', output ?? 'sharp', ['sharp', 'png']),
    maxPixels: checkInteger('maxPixels', maxPixels ?? defaultMaxPixels, 1, 2 ** 30),
    signal: signal === undefined ? undefined : checkSignal('signal', signal),
  };
}

const largestSide = 2 ** 30;

/** The size of the picture a result is about. Throws ERR_INVALID_OPTION; `of` is how the message speaks of the result. */
export function checkSize(of: string, { width, height }: { width: number; height: number }) {
  return {
    width: checkInteger(`the ${of}'s width`, width, 1, largestSide),
    height: checkInteger(`the ${of}'s height`, height, 1, largestSide),
  };
}

/** The value as an object of unknown fields. Throws ERR_INVALID_OPTION for anything else. */
export function checkRecord<T extends object>(name: string, expected: string, value: T): T {
  if (typeof value !== 'object' || value === null) {
    throw invalidOption(name, expected, value);
  }
  return value;
}

export function checkText(name: string, value: unknown): string {
  if (typeof value !== 'string') {
    throw invalidOption(name, 'a string', value);
  }
  return value;
}

export function checkColor(name: string, value: unknown): Color {
  const isLevel = (level: unknown) => Number.isInteger(level) && (level as number) >= 0 && (level as number) <= 255;
  if (!Array.isArray(value) || value.length !== 3 || !value.every(isLevel)) {
    throw invalidOption(name, '[red, green, blue], whole numbers from 0 to 255,', value);
  }
  return [value[0], value[1], value[2]];
}

/**
 * The picture's pixels in memory of our own, upright. Throws what decoding throws, and ERR_INVALID_OPTION when it has not the size of
 * the result.
 */
export async function openCanvas(
  image: ImageInput,
  size: { width: number; height: number },
  options: { maxPixels: number; signal?: AbortSignal },
): Promise<Canvas> {
  const { pixels, width, height } = await decodeImage(checkImage(image), options);
  if (width !== size.width || height !== size.height) {
    throw new MobileNetError(
      'ERR_INVALID_OPTION',
      `expected the picture of the result, ${size.width} x ${size.height} pixels, but received ${width} x ${height}`,
    );
  }
  return { pixels, width, height };
}

/** The drawn picture as the caller wants it. */
export async function deliver(
  { pixels, width, height }: Canvas,
  { output, signal }: { output: 'sharp' | 'png'; signal?: AbortSignal },
): Promise<Sharp | Buffer> {
  // The picture has passed `maxPixels`, which may be more than sharp's own limit.
  const picture = loadSharp()(pixels, { raw: { width, height, channels: 3 }, limitInputPixels: false });
  return output === 'png' ? abortable(picture.png().toBuffer(), signal) : picture;
}
