import { types } from 'node:util';
import { MobileNetError } from '../errors';
import { invalidOption } from '../options';

/** Numbers to compare, or something that carries them, such as an {@link EmbedResult}. */
export type Vector =
  | Float32Array
  | Float64Array
  | readonly number[]
  | {
      /** The numbers. */
      readonly embedding: Float32Array;
    };

/** The vector's numbers divided by the largest of them, whose squares neither overflow nor vanish. */
function scaled(name: string, vector: Vector): Float64Array {
  const numbers: unknown = typeof vector === 'object' && vector !== null && 'embedding' in vector ? vector.embedding : vector;
  // Not by instanceof: the addon makes its arrays in the main context, which need not be the caller's.
  if (!(Array.isArray(numbers) || types.isFloat32Array(numbers) || types.isFloat64Array(numbers))) {
    throw invalidOption(name, 'a Float32Array, an array of numbers or the result of embed', vector);
  }
  let largest = 0;
  for (let i = 0; i < numbers.length; i++) {
    const number: unknown = numbers[i];
    if (typeof number !== 'number' || !Number.isFinite(number)) {
      throw invalidOption(`${name}[${i}]`, 'a finite number', number);
    }
    largest = Math.max(largest, Math.abs(number));
  }
  if (largest === 0) {
    throw new MobileNetError(
      'ERR_INVALID_OPTION',
      `expected a number other than 0 in ${name}: a vector of ${numbers.length} zeros has no direction to compare`,
    );
  }
  return Float64Array.from(numbers as ArrayLike<number>, (number) => number / largest);
}

/**
 * The cosine of the angle between two vectors, whatever their lengths: 1 for the same direction, 0 for a right angle, -1 for the opposite
 * direction. Of two embeddings, the larger it is the more alike the pictures are.
 *
 * Throws ERR_INVALID_OPTION when they have different numbers of elements, when one of them is all zeros, which has no direction, and when
 * an element is not a finite number.
 *
 * @example
 * import { cosineSimilarity, Embedder } from 'mobilenet-metal';
 *
 * const embedder = await Embedder.load('mobilenet-v1-0.25-224');
 * const cat = await embedder.embed('photos/chelsea.png');
 * const sameCat = await embedder.embed('photos/chelsea.png', { region: { x: 50, y: 0, width: 350, height: 300 } });
 * const coffee = await embedder.embed('photos/coffee.png');
 * console.log(cosineSimilarity(cat, sameCat).toFixed(2), cosineSimilarity(cat, coffee).toFixed(2)); // → 0.96 0.51
 */
export function cosineSimilarity(a: Vector, b: Vector): number {
  const first = scaled('a', a);
  const second = scaled('b', b);
  if (first.length !== second.length) {
    throw new MobileNetError(
      'ERR_INVALID_OPTION',
      `expected vectors of the same number of elements but received ${first.length} and ${second.length}`,
    );
  }
  let product = 0;
  let firstSquares = 0;
  let secondSquares = 0;
  for (let i = 0; i < first.length; i++) {
    const x = first[i] as number;
    const y = second[i] as number;
    product += x * y;
    firstSquares += x * x;
    secondSquares += y * y;
  }
  return Math.min(Math.max(product / Math.sqrt(firstSquares * secondSquares), -1), 1);
}
