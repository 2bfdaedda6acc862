// Taken out of the loops below: globals are slow inside Jest.
const { abs, max } = Math;
const { isFinite: finite } = Number;

/** How far numbers are from those they are judged by, as parts of the largest magnitude among the latter. */
export interface Difference {
  /** Not finite where a number is not. */
  largest: number;
  mean: number;
}

/** @returns the largest magnitude; 0 for no numbers */
export function largestOf(values: Float32Array): number {
  let largest = 0;
  for (const value of values) {
    largest = max(largest, abs(value));
  }
  return largest;
}

/** Compares two tensors element by element. Those of different length differ infinitely. */
export function difference(values: Float32Array, expected: Float32Array): Difference {
  if (values.length !== expected.length) {
    return { largest: Number.POSITIVE_INFINITY, mean: Number.POSITIVE_INFINITY };
  }
  let [largest, sum] = [0, 0];
  for (let index = 0; index < expected.length; index++) {
    const distance = abs((values[index] as number) - (expected[index] as number));
    if (!finite(distance)) {
      return { largest: Number.POSITIVE_INFINITY, mean: Number.POSITIVE_INFINITY };
    }
    largest = max(largest, distance);
    sum += distance;
  }
  const magnitude = largestOf(expected);
  const part = (distance: number) => (distance === 0 ? 0 : distance / magnitude);
  return { largest: part(largest), mean: part(sum / max(1, expected.length)) };
}
