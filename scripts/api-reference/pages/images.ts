/**
 * What an image may be, and results drawn on pictures.
 *
 * @module images
 */
export {
  type Color,
  type DrawableDetections,
  type DrawableSegmentation,
  type DrawDetectionsOptions,
  type DrawOptions,
  type DrawSegmentationOptions,
  drawDetections,
  drawSegmentation,
  type EncodedImage,
  type ImageInput,
  type RawImage,
} from '../../../lib';
