// Writes a graph of ours with its weights as an ONNX model of the same function: NCHW, float32, batch 1.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { library } from './library.mjs';

const { inferShapes, resolvePadding } = library('graph/shapes');

const FLOAT32 = 1;
const INT64 = 7;
const IR_VERSION = 8;
const OPERATOR_SET = 13;

const int = (name, i) => ({ name, i, type: 'INT' });
const ints = (name, values) => ({ name, ints: values, type: 'INTS' });
const text = (name, value) => ({ name, s: Buffer.from(value), type: 'STRING' });

function tensorProto(name, dims, values) {
  return { name, dims, dataType: FLOAT32, rawData: Buffer.from(values.buffer, values.byteOffset, values.byteLength) };
}

/** TensorFlow's [height, width, input channels, filters] to ONNX's [filters, input channels, height, width]. */
function transposeConvolution(values, { height, width }, inputs, filters) {
  const transposed = new Float32Array(values.length);
  const taps = height * width;
  for (let tap = 0; tap < taps; tap++) {
    for (let input = 0; input < inputs; input++) {
      for (let filter = 0; filter < filters; filter++) {
        transposed[(filter * inputs + input) * taps + tap] = values[(tap * inputs + input) * filters + filter];
      }
    }
  }
  return transposed;
}

/** Collects the nodes and initializers of one graph. */
class OnnxGraph {
  nodes = [];
  initializers = [tensorProto('zero', [], Float32Array.of(0)), tensorProto('six', [], Float32Array.of(6))];

  constructor(graph, tensors) {
    this.graph = graph;
    this.tensors = tensors;
    this.shapes = inferShapes(graph);
    for (const operation of graph.operations) {
      this.add(operation);
    }
  }

  node(opType, input, output, attribute = []) {
    this.nodes.push({ opType, name: `${output}/${opType}`, input, output: [output], attribute });
  }

  /** Emits an operation by `emit(name of its output)`, then its fused activation as a node of its own. */
  withActivation({ name, activation }, emit) {
    const functions = { relu: ['Relu', []], relu6: ['Clip', ['zero', 'six']] };
    if (activation === 'none') {
      emit(name);
    } else if (functions[activation]) {
      const [opType, bounds] = functions[activation];
      emit(`${name}/before-activation`);
      this.node(opType, [`${name}/before-activation`, ...bounds], name);
    } else {
      throw new Error(`no ONNX translation of the activation '${activation}' (operation '${name}')`);
    }
  }

  convolution(operation) {
    const { name, input, kernel, stride, dilation } = operation;
    const { channels } = this.shapes.get(input);
    const depthwise = operation.type === 'depthwiseConv2d';
    // A depthwise filter is a convolution of `channels` groups that each see one channel.
    const filters = depthwise ? channels : operation.filters;
    const inputs = depthwise ? 1 : channels;
    const weights = transposeConvolution(this.tensors.get(operation.weights), kernel, inputs, filters);
    this.initializers.push(tensorProto(`${name}/weights`, [filters, inputs, kernel.height, kernel.width], weights));
    const reads = [input, `${name}/weights`];
    if (operation.bias !== undefined) {
      this.initializers.push(tensorProto(`${name}/bias`, [filters], this.tensors.get(operation.bias)));
      reads.push(`${name}/bias`);
    }
    const { top, left, bottom, right } = resolvePadding(operation, this.shapes.get(input));
    const attributes = [
      int('group', depthwise ? channels : 1),
      ints('kernel_shape', [kernel.height, kernel.width]),
      ints('strides', [stride.height, stride.width]),
      ints('dilations', [dilation.height, dilation.width]),
      ints('pads', [top, left, bottom, right]),
    ];
    this.withActivation(operation, (output) => this.node('Conv', reads, output, attributes));
  }

  averagePool(operation) {
    const { input, name, kernel, stride } = operation;
    const { top, left, bottom, right } = resolvePadding(
      { ...operation, dilation: { height: 1, width: 1 } },
      this.shapes.get(input),
    );
    this.node('AveragePool', [input], name, [
      ints('kernel_shape', [kernel.height, kernel.width]),
      ints('strides', [stride.height, stride.width]),
      ints('pads', [top, left, bottom, right]),
    ]);
  }

  /** A single pixel is repeated; anything larger is sampled with TensorFlow's coordinates. */
  resizeBilinear({ input, name, alignCorners, halfPixelCenters }) {
    const { height, width, channels } = this.shapes.get(name);
    const sizes = BigInt64Array.from([1, channels, height, width], BigInt);
    this.initializers.push({ name: `${name}/sizes`, dims: [4], dataType: INT64, rawData: Buffer.from(sizes.buffer) });
    const small = this.shapes.get(input);
    if (small.height === 1 && small.width === 1) {
      this.node('Expand', [input, `${name}/sizes`], name);
      return;
    }
    const coordinates = alignCorners ? 'align_corners' : halfPixelCenters ? 'half_pixel' : 'asymmetric';
    const attributes = [text('mode', 'linear'), text('coordinate_transformation_mode', coordinates)];
    this.node('Resize', [input, '', '', `${name}/sizes`], name, attributes);
  }

  add(operation) {
    switch (operation.type) {
      case 'conv2d':
      case 'depthwiseConv2d':
        return this.convolution(operation);
      case 'add':
        return this.withActivation(operation, (output) => this.node('Add', operation.inputs, output));
      case 'averagePool':
        return this.averagePool(operation);
      case 'globalAveragePool':
        return this.node('GlobalAveragePool', [operation.input], operation.name);
      case 'relu':
        return this.node('Relu', [operation.input], operation.name);
      case 'relu6':
        return this.node('Clip', [operation.input, 'zero', 'six'], operation.name);
      case 'softmax':
        return this.node('Softmax', [operation.input], operation.name, [int('axis', 1)]);
      case 'resizeBilinear':
        return this.resizeBilinear(operation);
      case 'concat':
        return this.node('Concat', operation.inputs, operation.name, [int('axis', 1)]);
      default:
        throw new Error(`no ONNX translation of '${operation.type}' (operation '${operation.name}')`);
    }
  }

  valueInfo(name, value) {
    const { height, width, channels } = this.shapes.get(value);
    const dim = [1, channels, height, width].map((dimValue) => ({ dimValue }));
    return { name, type: { tensorType: { elemType: FLOAT32, shape: { dim } } } };
  }

  toModel() {
    const { input, outputs } = this.graph;
    for (const { name, value } of outputs) {
      if (name !== value) {
        this.node('Identity', [value], name);
      }
    }
    return {
      irVersion: IR_VERSION,
      producerName: 'mobilenet-metal-bench',
      opsetImport: [{ domain: '', version: OPERATOR_SET }],
      graph: {
        name: 'network',
        node: this.nodes,
        initializer: this.initializers,
        input: [this.valueInfo(input.name, input.name)],
        output: outputs.map(({ name, value }) => this.valueInfo(name, value)),
      },
    };
  }
}

/**
 * @param graph a graph as in lib/graph/types.ts
 * @param {Map<string, Float32Array>} tensors its weights by name, in TensorFlow's order
 * @returns {Promise<Uint8Array>} the bytes of an .onnx file
 */
export async function writeOnnx(graph, tensors) {
  const root = await protobuf.load(path.join(path.dirname(fileURLToPath(import.meta.url)), 'onnx-subset.proto'));
  const Model = root.lookupType('onnx.ModelProto');
  const model = new OnnxGraph(graph, tensors).toModel();
  return Model.encode(Model.fromObject(model)).finish();
}
