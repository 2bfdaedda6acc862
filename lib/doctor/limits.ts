/**
 * How far a GPU may be from the CPU, which computes in float32.
 *
 * float32: 1e-4 of an output's largest value. Sums in another order, which is all that may differ, give 1e-7 to 1e-5.
 *
 * float16, one operation. A GPU stores weights and what passes between layers as halves, each rounded by at most u = 2^-11 of itself, and
 * adds up in float32. Let M be what the operation would give if nothing cancelled: the same sum of the magnitudes of weights and inputs,
 * |b| + Σ |w| |x|, no activation after it. Then
 *
 * - a convolution is off by u·M for its weights, by u·M for its inputs, and by u·|y| when the result y is stored. (The inputs of the cases
 *   are exact, see case-model.ts, but kernels may transform them, as Winograd's do, and round what comes of it.)
 * - what was off by k·u·M on the way in makes it off by k·u·M on the way out, so that roundings add up over layers: k grows by 3 with every
 *   convolution (|y| is at most M), by 1 with every other operation that stores what it computed, and not at all where values only move
 *   (concatenation, rectifiers); activations never take differences apart;
 * - a sum of n terms in float32 adds n·2^-24·M, on either side;
 * - what is below the least normal half, 2^-14, may be taken for 0.
 *
 * So the bound of one convolution is 2u·M + u·|y| + 2n·2^-24·M + 2^-14, with M computed by the CPU from the same network with the signs taken
 * off, and in general k·u·M for (k - 1)·u·M + u·|y|. The largest M and the largest |y| of an output stand for all of it.
 *
 * float16, a whole network. M grows exponentially with depth, so that the bound above would say nothing. Instead the network tells how it
 * takes roundings: every weight is moved up or down by u of itself, at random, and the CPU computes how far the outputs go. The rounding
 * of weights moves them by at most as much, by u/√3 in the mean square; storing values does the same to what the weights are multiplied with;
 * together √(1/3 + 1/3) = 0.82 of such a movement. The limit is four times the largest of three movements, because the largest of a thousand
 * outputs varies by a factor of two or three from one draw to the next: halves on the processor reach 0.3 to 1.2 of it. For the bundled
 * models the limits come to 3 % to 28 % of the largest output, and float16 is off by 0.2 % to 1.5 %; the operations have limits that are tighter.
 */
import { operationInputs } from '../graph/shapes';
import type { Graph, Operation, Shape } from '../graph/types';

export type Precision = 'float16' | 'float32';

/** What rounding to a half or to float32 may change, as part of the number. */
export const halfRoundoff = 2 ** -11;
const singleRoundoff = 2 ** -24;
const leastNormalHalf = 2 ** -14;

/** Of float32, as part of an output's largest value. */
export const float32Limit = 1e-4;

/** Least part of a class map's pixels that must have the CPU's class. */
export const equalPixels = 0.995;

/** Movements of a network's outputs when its weights move by {@link halfRoundoff}, and how many times the largest may be reached. */
export const movements = 3;
export const movementFactor = 4;

/** What a value can have gathered on its way. */
export interface Roundings {
  /** Roundings to halves, each of at most u·M. */
  halves: number;
  /** Whether the last of them was that of the value itself, which is of u·|y|. */
  stored: boolean;
  /** Terms of sums in float32, one sum after the other. */
  terms: number;
}

/** What one operation adds to the most its inputs have gathered. */
function added(operation: Operation, input: Shape | undefined): Omit<Roundings, 'stored'> {
  switch (operation.type) {
    case 'conv2d':
      return { halves: 3, terms: operation.kernel.height * operation.kernel.width * (input?.channels ?? 0) + 1 };
    case 'depthwiseConv2d':
      return { halves: 3, terms: operation.kernel.height * operation.kernel.width + 1 };
    case 'averagePool':
      return { halves: 1, terms: operation.kernel.height * operation.kernel.width };
    case 'globalAveragePool':
      return { halves: 1, terms: (input?.height ?? 0) * (input?.width ?? 0) };
    case 'resizeBilinear':
      return { halves: 1, terms: 4 };
    case 'add':
    case 'biasAdd':
      return { halves: 1, terms: 2 };
    case 'softmax':
    case 'sigmoid':
      return { halves: 1, terms: input?.channels ?? 0 };
    case 'relu':
    case 'relu6':
    case 'concat':
      return { halves: 0, terms: 0 };
  }
}

/**
 * What every value of a graph can have gathered.
 *
 * @param isExact whether an operation gives halves without any rounding
 */
export function countRoundings(
  graph: Graph,
  shapes: ReadonlyMap<string, Shape>,
  isExact: (operation: Operation) => boolean,
): Map<string, Roundings> {
  const gathered = new Map<string, Roundings>([[graph.input.name, { halves: 1, stored: true, terms: 4 }]]);
  for (const operation of graph.operations) {
    const inputs = operationInputs(operation).map((name) => gathered.get(name) as Roundings); // made before it
    const own = added(operation, shapes.get(operationInputs(operation)[0] ?? ''));
    const halves = Math.max(...inputs.map((each) => each.halves)) + own.halves;
    const terms = Math.max(...inputs.map((each) => each.terms)) + own.terms;
    gathered.set(
      operation.name,
      isExact(operation) ? { halves: 0, stored: false, terms: 0 } : { halves, stored: own.halves > 0, terms },
    );
  }
  return gathered;
}

/**
 * The limit of one value's difference, as part of its largest number.
 *
 * @param magnitude the largest M
 * @param largest the largest magnitude of what the CPU gives
 */
export function operationLimit(
  precision: Precision,
  { halves, stored, terms }: Roundings,
  magnitude: number,
  largest: number,
): number {
  if (precision === 'float32') {
    return float32Limit;
  }
  const halfPart = halfRoundoff * (stored ? (halves - 1) * magnitude + largest : halves * magnitude);
  return (halfPart + 2 * terms * singleRoundoff * magnitude + leastNormalHalf) / largest;
}
