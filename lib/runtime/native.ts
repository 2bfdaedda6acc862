import type { Extent, Graph, Shape } from '../graph/types';
import type { Preprocessing } from '../models/description';
import type { ModelTensor } from '../models/model-file';

/** A detection head with its anchors made. */
export interface NativeDetectionHead {
  /** Output names, one per feature map. */
  boxEncodings: string[];
  classScores: string[];
  scoreActivation: 'sigmoid' | 'softmax';
  /** Scores per anchor, the background's slot 0 included. */
  classSlots: number;
  /** `[n, 4]`: ymin, xmin, ymax, xmax in fractions of the input, in the order of the outputs. */
  anchors: Float32Array;
  boxCoder: { y: number; x: number; height: number; width: number };
  /** Boxes whose score does not exceed it are never looked at. */
  scoreThreshold: number;
}

export interface NativeNetwork {
  graph: Graph;
  preprocessing: Preprocessing;
  /** Needed for requests of type `detection`. */
  detection?: NativeDetectionHead;
  /** Where each tensor lies in `data`. */
  tensors: Record<string, ModelTensor>;
  data: Uint8Array;
}

/** `reference` is the plain implementation kept for tests. */
export type InstructionSet = 'auto' | 'avx512' | 'avx2' | 'neon' | 'portable';

/** How a network runs on an Apple GPU. */
export interface NativeMetalOptions {
  /** Decimal digits: 64 bits are more than a number holds. Absent: the preferred GPU, whichever that is at the time. */
  registryId?: string;
  precision: 'float16' | 'float32';
  /** Command buffers begun before the first has ended, 1 to 16. */
  framesInFlight: number;
  /** Frames in one command buffer, where as many wait, 1 to 64. */
  batchSize: number;
}

export interface NativeSessionOptions {
  executor: 'cpu' | 'metal' | 'reference';
  /** For `metal`. */
  metal?: NativeMetalOptions;
  /** 1 to 256. */
  threads: number;
  instructionSet: InstructionSet;
  /** Fuse biases and activations into the operations before them. */
  fuse: boolean;
}

/** RGB8 pixels, tightly packed, and what of them to look at. */
export interface NativeFrame {
  pixels: Uint8Array;
  width: number;
  height: number;
  /** In pixels of the frame. */
  region: { x: number; y: number; width: number; height: number };
  /** Clockwise turn of the region before it is resized. */
  rotation: 0 | 90 | 180 | 270;
}

/** Scores of a picture's classes. */
export interface NativeClassificationRequest {
  type: 'classification';
  output: string;
  activation: 'softmax' | 'sigmoid' | 'none';
  topK: number;
  scoreThreshold: number;
  /** One byte per class: 0 leaves the class out. Absent: all classes. */
  allowed?: Uint8Array;
}

/** Boxes, by the network's {@link NativeDetectionHead}. */
export interface NativeDetectionRequest {
  type: 'detection';
  scoreThreshold: number;
  iouThreshold: number;
  maxDetections: number;
  maxDetectionsPerClass: number;
  nonMaxSuppression: 'per-class' | 'class-agnostic';
  /** One byte per class slot: 0 leaves the class out. Absent: all but the background. */
  allowed?: Uint8Array;
}

/** A class for every pixel. */
export interface NativeSegmentationRequest {
  type: 'segmentation';
  output: string;
  alignCorners: boolean;
  /**
   * The picture the map is for and the part of it that the frame shows, where the frame is a smaller copy of it. Absent: the map has the
   * size of the network's input.
   */
  picture?: { width: number; height: number; region: NativeFrame['region'] };
  /** Filled on another thread, one byte per pixel, 255 outside the region; not to be touched until the promise settles. */
  classMap: Uint8Array;
  /** Likewise: 255 times the softmax of the winning class. */
  confidence?: Uint8Array;
}

/** One output as a vector. */
export interface NativeEmbeddingRequest {
  type: 'embedding';
  output: string;
  pooling: 'average' | 'max' | 'none';
  l2Normalize: boolean;
}

/** Raw output tensors by name. */
export interface NativeOutputsRequest {
  type: 'outputs';
  outputs: string[];
}

export type NativeRequest =
  | NativeClassificationRequest
  | NativeDetectionRequest
  | NativeSegmentationRequest
  | NativeEmbeddingRequest
  | NativeOutputsRequest;

export interface NativeTensor {
  shape: Shape;
  data: Float32Array;
}

/** Milliseconds. */
export interface NativeTiming {
  queue: number;
  preprocess: number;
  network: number;
  postprocess: number;
}

export interface NativeResult {
  timing: NativeTiming;
  /** For `classification` and `detection`: best first, parallel arrays. */
  indices?: Int32Array;
  scores?: Float32Array;
  /** For `detection`: x, y, width, height of each in pixels of the frame, clipped to it. */
  boxes?: Float32Array;
  /** For `segmentation`: pixels of each class. */
  pixelCounts?: Float64Array;
  /** For `segmentation`: the top left part of the network's input that shows the picture. */
  content?: Extent;
  /** For `embedding`. */
  embedding?: NativeTensor;
  /** For `outputs`. */
  outputs?: Record<string, NativeTensor>;
}

export interface NativeSession {
  /** Outputs of the graph with their shapes, in order. */
  readonly outputs: { name: string; shape: Shape }[];
  /** What it runs on: an instruction set, or a GPU and its precision. */
  readonly description: string;
  /** Bytes of the activations' arena and of the packed weights. */
  readonly memory: { activations: number; weights: number };
  /** Runs one frame; frames run in the order of the calls. `id` is the caller's, for cancel(). The pixels are read on another thread:
   * they must be neither changed nor transferred until the promise settles.
   */
  run(id: number, frame: NativeFrame, request: NativeRequest): Promise<NativeResult>;
  /** Stops frame `id` before its next step; its promise rejects with code ERR_ABORTED. False when it is not queued or running. */
  cancel(id: number): boolean;
  /** Rejects what is queued or running with ERR_DISPOSED and resolves once the memory is free. Idempotent. */
  dispose(): Promise<void>;
}

/** A GPU, as Metal tells. */
export interface NativeMetalDevice {
  /** The maker's name of it. */
  name: string;
  /** Decimal digits; the same for all processes until the machine starts anew. */
  registryId: string;
  /** Whether it shares its memory with the processor, as all Apple silicon does. */
  unifiedMemory: boolean;
  /** Bytes it can use without getting slower: Metal's recommendation. */
  workingSetBytes: number;
  /** The slower of two GPUs, there for saving energy. */
  lowPower: boolean;
  /** Without a display. */
  headless: boolean;
  /** An external GPU. */
  removable: boolean;
}

export interface NativeAddon {
  readonly cpu: { instructionSets: string[]; logicalCores: number };
  /** The GPU to take where none is named. Does not wake others that sleep. */
  preferredMetalDevice(): NativeMetalDevice | undefined;
  /** All GPUs, the preferred one first; empty where there are none. */
  metalDevices(): NativeMetalDevice[];
  createSession(network: NativeNetwork, options: NativeSessionOptions): Promise<NativeSession>;
}
