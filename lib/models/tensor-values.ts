import { decodeFloat16 } from './float16';
import type { BytePlace, Model, ModelTensor } from './model-file';
import type { TensorValues } from './model-tensors';
import { dequantize } from './quantization';

/** A tensor's numbers in float32, as sessions pack them. */
function valuesOf(data: Uint8Array, { type, quantization, ...place }: ModelTensor): Float32Array {
  // A copy, which is aligned; slice() of a Buffer is none.
  const bytesAt = ({ byteOffset, byteLength }: BytePlace) => new Uint8Array(data.subarray(byteOffset, byteOffset + byteLength));
  const bytes = bytesAt(place);
  switch (type) {
    case 'F32':
      return new Float32Array(bytes.buffer);
    case 'F16':
      return decodeFloat16(new Uint16Array(bytes.buffer));
    default: {
      const integers = (each: Uint8Array) => (type === 'I8' ? new Int8Array(each.buffer) : each);
      const { scale, zeroPoint } = quantization as NonNullable<typeof quantization>; // the reader found it
      return dequantize({
        values: integers(bytes),
        scale: new Float32Array(bytesAt(scale).buffer),
        zeroPoint: Int32Array.from(integers(bytesAt(zeroPoint))),
      });
    }
  }
}

/** All tensors of a model as float32, by name; encodeModel takes them. */
export function tensorValues({ tensors, data }: Model): Map<string, TensorValues> {
  return new Map(
    Object.entries(tensors).map(([name, tensor]) => [name, { shape: tensor.shape, values: valuesOf(data, tensor) }]),
  );
}
