import type { Sharp } from 'sharp';
import type { ImageInput } from '../image';
import type { DrawableDetections, DrawDetectionsOptions } from './detections';
import type { DrawableSegmentation, DrawSegmentationOptions } from './segmentation';

export type { DrawableDetections, DrawDetectionsOptions } from './detections';
export type { DrawOptions } from './picture';
export type { DrawableSegmentation, DrawSegmentationOptions } from './segmentation';

// What draws is loaded when something is drawn, and not whenever this package is.

/**
 * Draws the boxes of a detector's result on its picture, with labels and scores: a line around each box in the colour of its class,
 * edged in black or white so that it shows on any ground, and a plate inside the picture. Labels wider than the picture are shortened;
 * those for which no place is free of labels of higher scores are left out.
 *
 * Rejects with ERR_INVALID_OPTION (also when picture and result differ in size), ERR_IMAGE_NOT_FOUND, ERR_IMAGE_DECODE,
 * ERR_IMAGE_TOO_LARGE, ERR_DOWNLOAD or ERR_NATIVE_LOAD (sharp cannot be loaded); on abort, with the signal's reason.
 *
 * @example
 * import { Detector, drawDetections } from 'mobilenet-metal';
 *
 * const detector = await Detector.load('ssdlite-mobilenet-v2-coco');
 * const result = await detector.detect('photos/coffee.png');
 * const picture = await drawDetections('photos/coffee.png', result, { colors: { cup: [0, 160, 255] } });
 * const { width, height } = await picture.jpeg().toFile('drawn.jpg');
 * console.log(width, height); // → 600 400
 */
export function drawDetections(
  image: ImageInput,
  result: DrawableDetections,
  options: DrawDetectionsOptions & { output: 'png' },
): Promise<Buffer>;
export function drawDetections(
  image: ImageInput,
  result: DrawableDetections,
  options?: DrawDetectionsOptions & { output?: 'sharp' },
): Promise<Sharp>;
export function drawDetections(
  image: ImageInput,
  result: DrawableDetections,
  options?: DrawDetectionsOptions,
): Promise<Sharp | Buffer>;
export async function drawDetections(
  image: ImageInput,
  result: DrawableDetections,
  options?: DrawDetectionsOptions,
): Promise<Sharp | Buffer> {
  const drawing = require('./detections') as typeof import('./detections');
  return drawing.drawDetections(image, result, options);
}

/**
 * Lays the regions of a segmenter's result over its picture in the colours of their classes, pure along their edges, with a legend in
 * the corner where it covers least of them. The result must be of the picture's own size (`output: 'source'`).
 *
 * Rejects with ERR_INVALID_OPTION (also when picture and result differ in size), ERR_IMAGE_NOT_FOUND, ERR_IMAGE_DECODE,
 * ERR_IMAGE_TOO_LARGE, ERR_DOWNLOAD or ERR_NATIVE_LOAD (sharp cannot be loaded); on abort, with the signal's reason.
 *
 * @example
 * import { writeFile } from 'node:fs/promises';
 * import { drawSegmentation, Segmenter } from 'mobilenet-metal';
 *
 * const segmenter = await Segmenter.load('deeplab-v3-mobilenet-v2-pascal');
 * const result = await segmenter.segment('photos/chelsea.png');
 * await writeFile('drawn.png', await drawSegmentation('photos/chelsea.png', result, { output: 'png', opacity: 0.8 }));
 */
export function drawSegmentation(
  image: ImageInput,
  result: DrawableSegmentation,
  options: DrawSegmentationOptions & { output: 'png' },
): Promise<Buffer>;
export function drawSegmentation(
  image: ImageInput,
  result: DrawableSegmentation,
  options?: DrawSegmentationOptions & { output?: 'sharp' },
): Promise<Sharp>;
export function drawSegmentation(
  image: ImageInput,
  result: DrawableSegmentation,
  options?: DrawSegmentationOptions,
): Promise<Sharp | Buffer>;
export async function drawSegmentation(
  image: ImageInput,
  result: DrawableSegmentation,
  options?: DrawSegmentationOptions,
): Promise<Sharp | Buffer> {
  const drawing = require('./segmentation') as typeof import('./segmentation');
  return drawing.drawSegmentation(image, result, options);
}
