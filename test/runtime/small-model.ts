import type { Graph } from '../../lib/graph/types';
import type { Model } from '../../lib/models/model-file';
import type { NativeClassificationRequest, NativeFrame, NativeRequest } from '../../lib/runtime/native';

/** Of the input's sides, and classes of the output. */
export const side = 33;
export const classes = 7;

/** A small convolution, a pooling and a classifier, with weights made by a formula. */
export function smallModel(change: (model: Model) => void = () => {}): Model {
  const graph: Graph = {
    input: { name: 'input', height: side, width: side, channels: 3 },
    operations: [
      {
        name: 'convolution',
        type: 'conv2d',
        input: 'input',
        kernel: { height: 3, width: 3 },
        stride: { height: 2, width: 2 },
        dilation: { height: 1, width: 1 },
        padding: 'same',
        filters: 24,
        weights: 'convolution/weights',
        bias: 'convolution/biases',
        activation: 'relu6',
      },
      { name: 'pool', type: 'globalAveragePool', input: 'convolution' },
      {
        name: 'logits',
        type: 'conv2d',
        input: 'pool',
        kernel: { height: 1, width: 1 },
        stride: { height: 1, width: 1 },
        dilation: { height: 1, width: 1 },
        padding: 'same',
        filters: classes,
        weights: 'logits/weights',
        bias: 'logits/biases',
        activation: 'none',
      },
    ],
    outputs: [
      { name: 'logits', value: 'logits' },
      { name: 'features', value: 'convolution' },
    ],
  };
  const shapes: Record<string, number[]> = {
    'convolution/weights': [3, 3, 3, 24],
    'convolution/biases': [24],
    'logits/weights': [1, 1, 24, classes],
    'logits/biases': [classes],
  };
  const tensors: Model['tensors'] = {};
  const values: number[] = [];
  for (const [name, shape] of Object.entries(shapes)) {
    const count = shape.reduce((product, size) => product * size, 1);
    tensors[name] = { type: 'F32', shape, byteOffset: values.length * 4, byteLength: count * 4 };
    for (let i = 0; i < count; i++) {
      values.push(Math.sin(values.length * 12.9898) * 0.5);
    }
  }
  const model: Model = {
    description: {
      formatVersion: 1,
      name: 'small',
      task: 'classify',
      license: 'CC0-1.0',
      source: 'made by a formula',
      graph,
      preprocessing: {
        width: side,
        height: side,
        resize: 'stretch',
        alignCorners: false,
        halfPixelCenters: false,
        scale: [2 / 255, 2 / 255, 2 / 255],
        offset: [-1, -1, -1],
      },
      head: { type: 'classification', output: 'logits', activation: 'softmax' },
    },
    tensors,
    data: new Uint8Array(new Float32Array(values).buffer),
  };
  change(model);
  return model;
}

// Taken out of the loop below: globals are slow inside Jest.
const { imul } = Math;

export function noise(width: number, height: number, seed = 1): NativeFrame {
  const pixels = new Uint8Array(width * height * 3);
  let state = seed;
  for (let i = 0; i < pixels.length; i++) {
    state = (imul(state, 1103515245) + 12345) >>> 0;
    pixels[i] = state >>> 24;
  }
  return { pixels, width, height, region: { x: 0, y: 0, width, height }, rotation: 0 };
}

export const classification: NativeClassificationRequest = {
  type: 'classification',
  output: 'logits',
  activation: 'softmax',
  topK: 3,
  scoreThreshold: 0,
};
export const logits: NativeRequest = { type: 'outputs', outputs: ['logits'] };
