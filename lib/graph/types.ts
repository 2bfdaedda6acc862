/** Height and width in pixels (or taps, or steps). TensorFlow's order: rows before columns. */
export interface Extent {
  /** Rows. */
  height: number;
  /** Columns. */
  width: number;
}

/** The shape of one value: rows, columns, channels. The batch is always 1 and not written. */
export interface Shape extends Extent {
  /** Numbers at each row and column. */
  channels: number;
}

/** TensorFlow's SAME and VALID, or explicit counts of zero rows and columns. */
export type Padding = 'same' | 'valid' | { top: number; bottom: number; left: number; right: number };

/** Activation fused into the operation that precedes it. */
export type Activation = 'none' | 'relu' | 'relu6';

interface Named {
  /** Name of the operation and of the value it makes. Unique in the graph. */
  name: string;
}

interface Unary extends Named {
  /** Name of the value it reads. */
  input: string;
}

interface Windowed extends Unary {
  stride: Extent;
  padding: Padding;
}

/** Two-dimensional convolution. Weights `[kernel height, kernel width, input channels, filters]` (TensorFlow's HWIO). */
export interface Conv2d extends Windowed {
  type: 'conv2d';
  kernel: Extent;
  /** Output channels. */
  filters: number;
  /** Atrous rate; `{1, 1}` for an ordinary convolution. */
  dilation: Extent;
  /** Name of the weight tensor. */
  weights: string;
  /** Name of the bias tensor, `[filters]`. Absent: no bias. */
  bias?: string;
  activation: Activation;
}

/**
 * Depthwise convolution, one filter per input channel (a channel multiplier of 1, the only one MobileNets use and MPS offers).
 * Weights `[kernel height, kernel width, channels, 1]`, as TensorFlow stores them.
 */
export interface DepthwiseConv2d extends Windowed {
  type: 'depthwiseConv2d';
  kernel: Extent;
  dilation: Extent;
  weights: string;
  /** Name of the bias tensor, `[channels]`. Absent: no bias. */
  bias?: string;
  activation: Activation;
}

/** Adds one number per channel. `native/core` fuses it into the convolution before it. Bias tensor `[channels]`. */
export interface BiasAdd extends Unary {
  type: 'biasAdd';
  bias: string;
}

/** Pointwise functions. `native/core` fuses relu and relu6 into the operation before them. */
export interface Pointwise extends Unary {
  type: 'relu' | 'relu6' | 'sigmoid';
}

/** Softmax over the channels of each pixel. */
export interface Softmax extends Unary {
  type: 'softmax';
}

/** Sum of two values of equal shape. */
export interface Add extends Named {
  type: 'add';
  inputs: [string, string];
  activation: Activation;
}

/** Average pooling; padded positions do not count, as in TensorFlow. */
export interface AveragePool extends Windowed {
  type: 'averagePool';
  kernel: Extent;
}

/** Mean over all rows and columns: `[1, 1, channels]`. */
export interface GlobalAveragePool extends Unary {
  type: 'globalAveragePool';
}

/** Bilinear resizing with TensorFlow's coordinates. Both flags false is TensorFlow's legacy sampling; both true is refused. */
export interface ResizeBilinear extends Unary {
  type: 'resizeBilinear';
  /** A fixed size, or the size of another value (so that one graph serves every input size). */
  size: Extent | { like: string };
  alignCorners: boolean;
  halfPixelCenters: boolean;
}

/** Concatenation of channels. */
export interface Concat extends Named {
  type: 'concat';
  inputs: string[];
}

/** One operation of a network. */
export type Operation =
  | Conv2d
  | DepthwiseConv2d
  | BiasAdd
  | Pointwise
  | Softmax
  | Add
  | AveragePool
  | GlobalAveragePool
  | ResizeBilinear
  | Concat;

export type OperationType = Operation['type'];

/** A value the network hands out, under a name of the graph's choosing. */
export interface GraphOutput {
  /** What results call it. */
  name: string;
  /** Name of the operation (or of the input) whose value it is. */
  value: string;
}

/** A network as data: operations in an order in which each reads only values made before it. Weights are tensors named elsewhere. */
export interface Graph {
  /** The value operations read under this name: the picture after its preprocessing. */
  input: { name: string } & Shape;
  /** In the order they run. */
  operations: Operation[];
  /** What it hands out. */
  outputs: GraphOutput[];
}
