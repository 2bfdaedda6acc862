import { MobileNetError } from '../errors';
import { describe } from '../options';
import { corrupt } from '../untrusted';
import { decodeFloat16, encodeFloat16 } from './float16';
import {
  checkCompanionNames,
  checkLeftOver,
  checkNeeds,
  checkScales,
  scaleName,
  type TensorNeeds,
  type TensorValues,
  zeroPointName,
} from './model-tensors';
import { dequantize, type QuantizedElements } from './quantization';
import type { TensorBytes } from './safetensors';

/** The largest weight tensor that `mixed` keeps in float32. */
const MOST_FLOAT32_ELEMENTS = 8192;

export const WEIGHT_TYPES = ['float16', 'float32', 'mixed', 'keep'] as const;

/**
 * How to store the weights of convolutions; biases are always float32.
 * - `float16`: half the bytes
 * - `float32`: exact
 * - `mixed`: weight tensors of at most 8192 elements (depthwise filters, first layers) in float32, the others in float16. They add some
 *   5 % to the bytes of a MobileNet, and their rounding is what its outputs feel most (with it SSDLite's raw scores are off by up to 11 %
 *   of the largest, without it 0.2 %).
 * - `keep`: exact, in as few bytes as the file had that the weights came from: what it had quantised stays quantised, with scale and zero
 *   point, what it had in float16 stays so, and all else is float32
 *
 * @useDeclaredType
 */
export type WeightType = (typeof WEIGHT_TYPES)[number];

type Elements = Float32Array | Uint16Array | Uint8Array | Int8Array;

const bytesOf = (array: Elements) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** Whether two arrays hold the same bits. */
function sameBits(a: Float32Array, b: Float32Array): boolean {
  return Buffer.compare(bytesOf(a), bytesOf(b)) === 0;
}

/**
 * A loop, as in encodeHalves: there are millions of elements, and `findIndex` calls a function for each.
 * @throws MobileNetError ERR_MODEL_CORRUPT naming the first value that is not finite
 */
export function checkFinite(name: string, values: ArrayLike<number>): void {
  for (let index = 0; index < values.length; index++) {
    if (!Number.isFinite(values[index])) {
      const message = `tensor ${describe(name)}: expected finite numbers but element ${index} is ${values[index]}`;
      throw new MobileNetError('ERR_MODEL_CORRUPT', message);
    }
  }
}

function encodeFloats(name: string, { shape, values }: TensorValues): TensorBytes {
  checkFinite(name, values);
  return { type: 'F32', shape, bytes: bytesOf(values) };
}

function encodeHalves(name: string, { shape, values }: TensorValues): TensorBytes {
  checkFinite(name, values);
  const halves = encodeFloat16(values);
  for (let index = 0; index < halves.length; index++) {
    if (((halves[index] as number) & 0x7c00) === 0x7c00) {
      const message = `tensor ${describe(name)}: element ${index} is ${values[index]}, beyond float16's 65504; use weights: 'float32'`;
      throw new MobileNetError('ERR_INVALID_OPTION', message);
    }
  }
  return { type: 'F16', shape, bytes: bytesOf(halves) };
}

function differs(name: string, stored: string): MobileNetError {
  return new MobileNetError('ERR_MODEL_CORRUPT', `tensor ${describe(name)}: its values are not those of its ${stored} elements`);
}

function checkQuantization(name: string, { scale, zeroPoint, values }: QuantizedElements, channels: number): void {
  const counts = `expected 1 or ${channels} scales and as many zero points`;
  if ((scale.length !== 1 && scale.length !== channels) || zeroPoint.length !== scale.length) {
    const found = `found ${scale.length} and ${zeroPoint.length}`;
    throw new MobileNetError('ERR_MODEL_CORRUPT', `tensor ${describe(name)}: ${counts} but ${found}`);
  }
  checkScales(scaleName(name), scale);
  const [least, most] = values instanceof Int8Array ? [-128, 127] : [0, 255];
  const index = zeroPoint.findIndex((point) => point < least || point > most);
  if (index >= 0) {
    const place = `tensor ${describe(zeroPointName(name))}: element ${index}`;
    throw corrupt(place, `a zero point from ${least} to ${most}`, zeroPoint[index]);
  }
}

/** Quantised weights, their scales and their zero points. */
function encodeQuantized(
  name: string,
  { shape, values }: TensorValues,
  stored: QuantizedElements,
  needs: TensorNeeds,
): [string, TensorBytes][] {
  checkCompanionNames(name, needs);
  checkQuantization(name, stored, needs.get(name)?.channels ?? 1);
  if (stored.values.length !== values.length || !sameBits(dequantize(stored), values)) {
    throw differs(name, 'quantised');
  }
  const { scale, zeroPoint } = stored;
  const signed = stored.values instanceof Int8Array;
  const type = signed ? 'I8' : 'U8';
  const points = signed ? Int8Array.from(zeroPoint) : Uint8Array.from(zeroPoint);
  return [
    [name, { type, shape, bytes: bytesOf(stored.values) }],
    [scaleName(name), { type: 'F32', shape: [scale.length], bytes: bytesOf(scale) }],
    [zeroPointName(name), { type, shape: [points.length], bytes: bytesOf(points) }],
  ];
}

function encodeKept(name: string, tensor: TensorValues, needs: TensorNeeds): [string, TensorBytes][] {
  const { stored, values } = tensor;
  checkFinite(name, values);
  switch (stored?.kind) {
    case 'quantized':
      return encodeQuantized(name, tensor, stored, needs);
    case 'float16':
      if (!sameBits(decodeFloat16(encodeFloat16(values)), values)) {
        throw differs(name, 'float16');
      }
      return [[name, encodeHalves(name, tensor)]];
    default:
      return [[name, encodeFloats(name, tensor)]];
  }
}

/**
 * The tensors of a model file.
 * @param tensors just those that `needs` lists
 * @throws MobileNetError ERR_MODEL_CORRUPT when a tensor does not hold together or a value is not finite; ERR_INVALID_OPTION for a weight
 *   beyond float16's range
 */
export function encodeTensors(
  needs: TensorNeeds,
  tensors: ReadonlyMap<string, TensorValues>,
  weights: WeightType,
): Map<string, TensorBytes> {
  checkNeeds(needs, tensors);
  checkLeftOver(needs, tensors.keys());
  const encoded = new Map<string, TensorBytes>();
  for (const [name, { role }] of needs) {
    const tensor = tensors.get(name) as TensorValues; // checkNeeds found it
    const half = weights === 'float16' || (weights === 'mixed' && tensor.values.length > MOST_FLOAT32_ELEMENTS);
    if (role === 'weights' && weights === 'keep') {
      for (const [part, bytes] of encodeKept(name, tensor, needs)) {
        encoded.set(part, bytes);
      }
    } else {
      encoded.set(name, role === 'weights' && half ? encodeHalves(name, tensor) : encodeFloats(name, tensor));
    }
  }
  return encoded;
}
