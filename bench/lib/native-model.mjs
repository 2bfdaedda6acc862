// Writes a graph of ours for the native peers (native/network_file.h reads it): a line for each value's shape, each output and each
// operation, and all weights in one file of float32.
import { library } from './library.mjs';

const { inferShapes, resolvePadding } = library('graph/shapes');

const limits = { none: ['-inf', 'inf'], relu: ['0', 'inf'], relu6: ['0', '6'] };

/** TensorFlow's [height, width, input channels, filters] to XNNPACK's [filters, height, width, input channels]. */
function filtersFirst(values, filters) {
  const transposed = new Float32Array(values.length);
  const rows = values.length / filters;
  for (let row = 0; row < rows; row++) {
    for (let filter = 0; filter < filters; filter++) {
      transposed[filter * rows + row] = values[row * filters + filter];
    }
  }
  return transposed;
}

class NativeModel {
  lines = [];
  #weights = [];
  #floats = 0;

  constructor(graph, tensors) {
    this.tensors = tensors;
    this.shapes = inferShapes(graph);
    this.places = new Map([...this.shapes.keys()].map((name, index) => [name, index]));
    for (const { height, width, channels } of this.shapes.values()) {
      this.lines.push(['value', height, width, channels]);
    }
    for (const { value } of graph.outputs) {
      this.lines.push(['output', this.places.get(value)]);
    }
    for (const operation of graph.operations) {
      this.lines.push(this.#line(operation));
    }
  }

  /** Keeps numbers for the file of weights; returns where they begin. */
  #store(values) {
    const offset = this.#floats;
    this.#weights.push(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    this.#floats += values.length;
    return offset;
  }

  #line(operation) {
    const { type, name } = operation;
    const inputs = (operation.inputs ?? [operation.input]).map((input) => this.places.get(input));
    const output = this.places.get(name);
    switch (type) {
      case 'conv2d':
      case 'depthwiseConv2d':
        return this.#convolution(operation, inputs[0], output);
      case 'add':
        return [type, ...inputs, output, ...limits[operation.activation]];
      default:
        return [type, ...inputs, output];
    }
  }

  #convolution(operation, input, output) {
    const { type, kernel, stride, dilation, activation } = operation;
    const { top, left, bottom, right } = resolvePadding(operation, this.shapes.get(operation.input));
    const { channels } = this.shapes.get(operation.name);
    const values = this.tensors.get(operation.weights);
    const weights = this.#store(type === 'conv2d' ? filtersFirst(values, channels) : values);
    const bias = this.#store(this.tensors.get(operation.bias) ?? new Float32Array(channels));
    const extents = [kernel, stride, dilation].flatMap(({ height, width }) => [height, width]);
    return [type, input, output, ...extents, top, right, bottom, left, ...limits[activation], weights, bias];
  }

  get text() {
    return `${this.lines.map((line) => line.join(' ')).join('\n')}\n`;
  }

  get weights() {
    return Buffer.concat(this.#weights);
  }
}

/**
 * @param graph a graph as in lib/graph/types.ts
 * @param {Map<string, Float32Array>} tensors its weights by name, in TensorFlow's order
 * @returns {{ text: string, weights: Buffer }}
 */
export function writeNativeModel(graph, tensors) {
  const { text, weights } = new NativeModel(graph, tensors);
  return { text, weights };
}
