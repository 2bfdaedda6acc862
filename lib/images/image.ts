import { isArrayBuffer, isUint8Array, isUint8ClampedArray } from 'node:util/types';
import type { Sharp } from 'sharp';
import { viewBytes } from '../bytes';
import { MobileNetError } from '../errors';
import { describe, invalidOption } from '../options';

/** Pixels that are decoded already: rows from the top, tightly packed, 8 bits a channel. The browser's `ImageData` is one. */
export interface RawImage {
  /** `width * height * channels` bytes, the channels of a pixel together. */
  data: Uint8Array | Uint8ClampedArray;
  /** In pixels. */
  width: number;
  /** In pixels. */
  height: number;
  /** 1 for grey, 3 for RGB, 4 for RGBA (its alpha is dropped). Default 4, as in `ImageData`. */
  channels?: 1 | 3 | 4;
}

/** The bytes of an image file with a name that messages call it by. */
export interface EncodedImage {
  /** Of the whole file. */
  bytes: Uint8Array;
  /** A path, say; any text will do. */
  name: string;
}

/**
 * What an image may be:
 * - a `string`: the path of a file, or a `file:`, `data:`, `http:` or `https:` URL
 * - a `URL` of one of those schemes
 * - a `Buffer`, `Uint8Array` or `ArrayBuffer`: an encoded file (JPEG, PNG, WebP, GIF, TIFF, AVIF, SVG or BMP)
 * - {@link EncodedImage}: the same with a name
 * - {@link RawImage}: decoded pixels
 * - a `sharp` instance: what its pipeline makes, turned upright by the input's EXIF orientation
 *
 * An image must not be changed before the promise of the call it was given to has settled.
 */
export type ImageInput = string | URL | Uint8Array | ArrayBuffer | EncodedImage | RawImage | Sharp;

/** A {@link RawImage} after the checks. */
export interface RawPixels {
  kind: 'raw';
  pixels: Uint8Array;
  width: number;
  height: number;
  channels: 1 | 3 | 4;
  name: string;
}

/** An image after the checks that need no reading. */
export type CheckedImage =
  | { kind: 'file'; path: string; name: string }
  | { kind: 'url'; url: URL; name: string }
  | { kind: 'bytes'; bytes: Uint8Array; name: string }
  | RawPixels
  | { kind: 'sharp'; pipeline: Sharp; name: string };

const expectedImage =
  'a path, a URL, a Buffer, Uint8Array or ArrayBuffer of an image file, { bytes, name }, { data, width, height, channels } or a sharp instance';
const urlSchemes = ['file:', 'data:', 'http:', 'https:'];
const maxSide = 2 ** 24;

/** Says which of its kinds an image is; `name` is how messages speak of it. Throws ERR_INVALID_OPTION for anything else. */
export function checkImage(image: unknown): CheckedImage {
  if (typeof image === 'string') {
    return checkText(image);
  }
  if (image instanceof URL) {
    return checkUrl(image);
  }
  if (isUint8Array(image)) {
    return { kind: 'bytes', bytes: viewBytes(image), name: describeBytes(image) };
  }
  if (isArrayBuffer(image)) {
    return { kind: 'bytes', bytes: viewBytes(image), name: `an ArrayBuffer of ${image.byteLength} bytes` };
  }
  if (isSharp(image)) {
    return { kind: 'sharp', pipeline: image, name: 'a sharp instance' };
  }
  if (typeof image === 'object' && image !== null && 'data' in image) {
    return checkRaw(image as RawImage);
  }
  // A Blob's `bytes` is a method.
  if (typeof image === 'object' && image !== null && 'bytes' in image && typeof image.bytes !== 'function') {
    return checkEncoded(image as EncodedImage);
  }
  throw invalidOption('the image', expectedImage, image);
}

function checkEncoded({ bytes, name }: EncodedImage): CheckedImage {
  if (!isUint8Array(bytes)) {
    throw invalidOption("the image's bytes", 'a Buffer or Uint8Array', bytes);
  }
  if (typeof name !== 'string') {
    throw invalidOption("the image's name", 'a text', name);
  }
  return { kind: 'bytes', bytes: viewBytes(bytes), name: describe(name) };
}

/** Whether text that names an image is taken for a URL, not for a path. */
export function isUrlText(text: string): boolean {
  return /^(https?:\/\/|file:\/\/|data:)/i.test(text);
}

function checkText(text: string): CheckedImage {
  if (text === '') {
    throw invalidOption('the image', expectedImage, text);
  }
  if (text.includes('\0')) {
    throw invalidOption('the image', 'a path without null bytes', text);
  }
  if (!isUrlText(text)) {
    return { kind: 'file', path: text, name: describe(text) };
  }
  if (!URL.canParse(text)) {
    throw invalidOption('the image', 'a valid URL', text);
  }
  return checkUrl(new URL(text));
}

function checkUrl(url: URL): CheckedImage {
  if (!urlSchemes.includes(url.protocol)) {
    throw invalidOption('the image', `a URL that begins with ${urlSchemes.join(', ')}`, url.protocol);
  }
  return { kind: 'url', url, name: describeUrl(url) };
}

/** Without the user name and password it may hold. */
function describeUrl(url: URL): string {
  if (url.protocol === 'data:') {
    return 'a data: URL';
  }
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return describe(shown.href);
}

function describeBytes(bytes: Uint8Array): string {
  return `a ${bytes.constructor.name} of ${bytes.byteLength} bytes`;
}

/** Another copy of sharp than ours may have made it, so `instanceof` does not do. */
function isSharp(image: unknown): image is Sharp {
  if (typeof image !== 'object' || image === null) {
    return false;
  }
  const { clone, toBuffer, metadata } = image as Partial<Sharp>;
  return typeof clone === 'function' && typeof toBuffer === 'function' && typeof metadata === 'function';
}

function checkRaw({ data, width, height, channels = 4 }: RawImage): CheckedImage {
  if (!isUint8Array(data) && !isUint8ClampedArray(data)) {
    throw invalidOption("the image's data", 'a Uint8Array or Uint8ClampedArray', data);
  }
  for (const [name, side] of Object.entries({ width, height })) {
    if (!Number.isInteger(side) || side < 1 || side > maxSide) {
      throw invalidOption(`the image's ${name}`, `a whole number from 1 to ${maxSide}`, side);
    }
  }
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw invalidOption("the image's channels", '1, 3 or 4', channels);
  }
  const expected = width * height * channels;
  if (data.byteLength !== expected) {
    throw new MobileNetError(
      'ERR_INVALID_OPTION',
      `expected ${expected} bytes (${width} x ${height} x ${channels}) for the image's data but received ${data.byteLength}`,
    );
  }
  const pixels = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { kind: 'raw', pixels, width, height, channels, name: `raw pixels of ${width} x ${height}` };
}
