/**
 * Networks that try one operation on a picture.
 *
 * A picture has three channels of whole numbers. `widen`, a convolution by 1 x 1, makes as many channels of them as the operation wants:
 * (a·R + b·G + c) / 128, where a and b are ±1 or ±2 and R and G any two of the colours, c a whole number up to 512. Those are halves, as the
 * numerator stays below 2048: the operation's input is exact in float16 as in float32, and all that is seen is the operation's own doing.
 * They reach from -12 to 12, so that rectifiers to 6 have something to do.
 */
import { GraphBuilder } from '../graph/builder';
import type { Extent, Graph, Operation } from '../graph/types';
import type { Preprocessing, SegmentationHead } from '../models/description';
import { encodeModel, type Model, parseModel } from '../models/model-file';
import { type SeededTensor, seededWeights } from '../networks/seeded-weights';

/** Begins the names of the convolutions described above. */
const widenName = 'widen';

const seed = 1;

/** A picture's numbers over 256: exact halves. */
const exactPixels = { scale: [1 / 256, 1 / 256, 1 / 256], offset: [0, 0, 0] } satisfies Partial<Preprocessing>;

/** Whether an operation gives halves without any rounding. */
export const isWidening = ({ name }: Operation) => name.startsWith(widenName);

/** A builder whose current value is exact, of as many channels and the input's size, or with a stride of that divided by it. */
export function widened(size: Extent, channels: number, stride = 1): GraphBuilder {
  return widen(new GraphBuilder(size), channels, stride);
}

/** Makes another exact value of the picture, different from the others. */
export function widen(builder: GraphBuilder, channels: number, stride = 1): GraphBuilder {
  return builder.conv2d(widenName, { input: builder.input, kernel: 1, stride, filters: channels });
}

/** `[1, 1, 3, filters]` and `[filters]`: see the head of this file. `turn` tells one widening from another. */
function wideningTensors(filters: number, turn: number): [weights: SeededTensor, biases: SeededTensor] {
  const weights = new Float32Array(3 * filters);
  const biases = new Float32Array(filters);
  const factors = [2, -4, 4, -2]; // of pixels over 256
  for (let filter = 0; filter < filters; filter++) {
    const at = filter + 10 + 12 * turn; // so that the first channels reach over 6 already
    weights[(at % 3) * filters + filter] = factors[at % 4] as number;
    weights[((at + 1 + (Math.floor(at / 3) % 2)) % 3) * filters + filter] = factors[Math.floor(at / 4) % 4] as number;
    biases[filter] = (((at * 197) % 1025) - 512) / 128;
  }
  return [
    { shape: [1, 1, 3, filters], values: weights },
    { shape: [filters], values: biases },
  ];
}

/** Signs of the weights: `positive` makes sums that nothing cancels in, which sums in half precision would get wrong most. */
export type Signs = 'mixed' | 'positive';

export function caseTensors(graph: Graph, signs: Signs): Map<string, SeededTensor> {
  const tensors = seededWeights(graph, seed);
  graph.operations.filter(isWidening).forEach((operation, turn) => {
    if (operation.type === 'conv2d') {
      const [weights, biases] = wideningTensors(operation.filters, turn);
      tensors.set(operation.weights, weights).set(operation.bias as string, biases);
    }
  });
  return signs === 'positive' ? withoutSigns(tensors) : tensors;
}

export function withoutSigns(tensors: ReadonlyMap<string, SeededTensor>): Map<string, SeededTensor> {
  return new Map(Array.from(tensors, ([name, { shape, values }]) => [name, { shape, values: values.map(Math.abs) }]));
}

/** A model of the graph, weights in float32. */
export function caseModel(
  graph: Graph,
  tensors: ReadonlyMap<string, SeededTensor>,
  preprocessing: Partial<Preprocessing> = exactPixels,
  head?: SegmentationHead,
): Model {
  const { width, height } = graph.input;
  const bytes = encodeModel(
    {
      formatVersion: 1,
      name: 'doctor',
      task: head ? 'segment' : 'embed',
      license: 'Apache-2.0',
      source: 'seeded weights',
      graph,
      preprocessing: {
        ...{ width, height, resize: 'stretch', alignCorners: false, halfPixelCenters: false },
        ...exactPixels,
        ...preprocessing,
      },
      ...(head ? { head } : {}),
    },
    tensors,
    { weights: 'float32' },
  );
  return parseModel(bytes, 'a network of mobilenet doctor');
}
