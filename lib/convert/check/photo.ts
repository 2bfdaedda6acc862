import sharp from 'sharp';
import { CAT_PHOTO } from '../../cat-photo';
import { elementCount, type Tensor } from '../source-graph';

/** RGB pixels. */
export interface Pixels {
  data: Uint8Array;
  width: number;
  height: number;
}

/** The photo, stretched to a size. */
export async function readCheckPhoto(width: number, height: number): Promise<Pixels> {
  const pipeline = sharp(CAT_PHOTO).resize(width, height, { fit: 'fill' }).removeAlpha().toColourspace('srgb');
  const { buffer, byteOffset, byteLength } = await pipeline.raw().toBuffer();
  return { data: new Uint8Array(buffer, byteOffset, byteLength), width, height };
}

/** The pixels as a placeholder takes them, which is of this type and has this shape but for sizes that are left open (-1). */
export function placeholderTensor({ data, width, height }: Pixels, type: string, range: [number, number], rank = 4): Tensor {
  const shape = rank === 3 ? [height, width, 3] : [1, height, width, 3];
  if (type === 'uint8') {
    return { type, shape, values: data };
  }
  const [low, high] = range;
  const whole = type.startsWith('int');
  const values = whole ? new Int32Array(elementCount(shape)) : new Float32Array(elementCount(shape));
  for (let index = 0; index < values.length; index++) {
    values[index] = low + ((data[index] as number) * (high - low)) / 255;
  }
  return { type: whole ? 'int32' : 'float32', shape, values };
}
