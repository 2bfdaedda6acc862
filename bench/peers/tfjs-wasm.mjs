// TensorFlow.js on WebAssembly, with the fused operations that its converter makes of a frozen graph. It has no threads in Node.
import { createRequire } from 'node:module';
import { readInput } from '../lib/input.mjs';
import { library } from '../lib/library.mjs';
import { servePeer } from '../lib/serve-peer.mjs';

const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs-core');
const { version_wasm: version } = require('@tensorflow/tfjs-backend-wasm');

/** Each operation's constants, on the WebAssembly side. */
function constantsOf(operations, tensors) {
  const constant = (name) => {
    const { shape, values } = tensors.get(name);
    return tf.tensor(values, shape);
  };
  return new Map(
    operations
      .filter(({ weights }) => weights)
      .map(({ name, weights, bias }) => [name, { filter: constant(weights), bias: bias && constant(bias) }]),
  );
}

const activations = { none: 'linear', relu: 'relu', relu6: 'relu6' };

function compute(operation, values, constants) {
  const [x, y] = (operation.inputs ?? [operation.input]).map((name) => values.get(name));
  const { name, type, stride, dilation, padding, activation } = operation;
  switch (type) {
    case 'conv2d':
    case 'depthwiseConv2d': {
      const convolve = type === 'conv2d' ? tf.fused.conv2d : tf.fused.depthwiseConv2d;
      return convolve({
        x,
        ...constants.get(name),
        strides: [stride.height, stride.width],
        dilations: [dilation.height, dilation.width],
        pad: padding,
        activation: activations[activation],
      });
    }
    case 'add':
      return tf.add(x, y);
    case 'globalAveragePool':
      return tf.mean(x, [1, 2], true);
    case 'concat':
      return tf.concat([x, y], 3);
    case 'resizeBilinear': {
      const { size, alignCorners, halfPixelCenters } = operation;
      const extent = 'like' in size ? values.get(size.like).shape.slice(1, 3) : [size.height, size.width];
      return tf.image.resizeBilinear(x, extent, alignCorners, halfPixelCenters);
    }
    default:
      throw new Error(`no translation of '${type}'`);
  }
}

servePeer(async (job) => {
  const { files, size } = job;
  await tf.setBackend('wasm');
  const model = await library('models/model-file').loadModelFile(files.peerModel);
  const { graph } = model.description;
  const constants = constantsOf(graph.operations, library('models/tensor-values').tensorValues(model));
  const input = await readInput(job);
  const network = () => {
    const values = new Map([[graph.input.name, tf.tensor4d(input, [1, size.height, size.width, 3])]]);
    for (const operation of graph.operations) {
      values.set(operation.name, compute(operation, values, constants));
    }
    return graph.outputs.map(({ value }) => values.get(value));
  };
  const run = async () => {
    const tensors = tf.tidy(network);
    const outputs = tensors.map((tensor) => tensor.dataSync());
    tf.dispose(tensors);
    return outputs;
  };
  return { library: `tfjs-backend-wasm ${version}`, run, outputs: run };
});
