import type { Extent, Graph } from '../graph/types';

export const TASKS = ['classify', 'detect', 'segment', 'embed'] as const;
/**
 * What a model is for.
 *
 * @useDeclaredType
 */
export type Task = (typeof TASKS)[number];

/** How a picture becomes the network's input. It travels with the weights: wrong preprocessing is the commonest silent error. */
export interface Preprocessing {
  /** Of the input in pixels. */
  width: number;
  /** Of the input in pixels. */
  height: number;
  /**
   * - `central-crop`: the central `centralFraction` of the picture, stretched (TF-slim's evaluation)
   * - `stretch`: the whole picture, stretched (the Object Detection API's fixed_shape_resizer)
   * - `pad`: the longest side fills the input, the rest is `padValue` on the bottom and right (DeepLab)
   */
  resize: 'central-crop' | 'stretch' | 'pad';
  /** Fraction of each side kept by `central-crop`, from 0 (exclusive) to 1. */
  centralFraction?: number;
  /** TensorFlow's sampling flag; with both flags false it is its legacy bilinear sampling. */
  alignCorners: boolean;
  /** TensorFlow 2's sampling flag; not together with `alignCorners`. */
  halfPixelCenters: boolean;
  /** Pixel value (0 to 255) of the padding, per channel R, G, B. Only for `pad`. */
  padValue?: [number, number, number];
  /** input = pixel * scale + offset, per channel R, G, B, pixels from 0 to 255. */
  scale: [number, number, number];
  /** Added to pixel * scale. */
  offset: [number, number, number];
}

/** How a classifier's output becomes scores. */
export interface ClassificationHead {
  /** Tells the heads apart. */
  type: 'classification';
  /** Graph output that holds one number per class, shape `[1, 1, classes]`. */
  output: string;
  /** What turns that output into scores; `none` when the graph already did. */
  activation: 'softmax' | 'sigmoid' | 'none';
}

/** TensorFlow's multiple-grid anchor generator (object_detection/anchor_generators/multiple_grid_anchor_generator.py). */
export interface MultipleGridAnchors {
  /** Rows and columns of each feature map. */
  grids: Extent[];
  /** Per map, its boxes: scale (fraction of the picture) and aspect ratio (width / height). */
  boxes: {
    /** Fraction of the picture's side. */
    scale: number;
    /** Width divided by height. */
    aspectRatio: number;
  }[][];
}

/** How a detector's outputs become boxes. */
export interface DetectionHead {
  /** Tells the heads apart. */
  type: 'detection';
  /** Graph outputs, one per feature map, shape `[rows, columns, anchors * 4]`: raw encodings ty, tx, th, tw. */
  boxEncodings: string[];
  /** Graph outputs, one per feature map, shape `[rows, columns, anchors * classSlots]`: raw scores before the activation. */
  classScores: string[];
  /** What turns raw scores into scores. */
  scoreActivation: 'sigmoid' | 'softmax';
  /** Scores per anchor, the background's slot 0 included. */
  classSlots: number;
  /** What the encodings are relative to. */
  anchors: MultipleGridAnchors;
  /** Divisors of ty, tx, th, tw (object_detection/box_coders/faster_rcnn_box_coder.py). */
  boxCoder: {
    /** Of ty. */
    y: number;
    /** Of tx. */
    x: number;
    /** Of th. */
    height: number;
    /** Of tw. */
    width: number;
  };
  /** TensorFlow's post-processing defaults (batch_multiclass_non_max_suppression). */
  nonMaxSuppression: {
    /** Least score of a detection, 0 to 1. */
    scoreThreshold: number;
    /** Of two boxes that overlap by more than this, 0 to 1, only the better one is kept. */
    iouThreshold: number;
    /** Detections of one class at most. */
    maxDetectionsPerClass: number;
    /** Detections at most. */
    maxDetections: number;
  };
}

/** Class index of the pixels of a class map that nobody looked at; PASCAL VOC's own. */
export const voidClass = 255;

/** How a segmenter's output becomes a class map. */
export interface SegmentationHead {
  /** Tells the heads apart. */
  type: 'segmentation';
  /** Graph output that holds the logits, shape `[rows, columns, classes]`. */
  output: string;
  /** 1 to 255: {@link voidClass} is none of them. */
  classes: number;
  /** Sampling of the logits' resize to picture size. */
  alignCorners: boolean;
}

/** How a network's outputs become a result. */
export type Head = ClassificationHead | DetectionHead | SegmentationHead;

/** The JSON document in a model file's `__metadata__`, under the key `mobilenet-metal`. */
export interface ModelDescription {
  /** Of this document; another one is refused. */
  formatVersion: 1;
  /** What results call the model. */
  name: string;
  /** What it is for. */
  task: Task;
  /** One line for people. */
  description?: string;
  /** SPDX expression. */
  license: string;
  /** Where the weights came from: a package with its version and integrity, a URL, a paper. */
  source: string;
  /** The network. */
  graph: Graph;
  /** How a picture becomes its input. */
  preprocessing: Preprocessing;
  /** Absent for networks that only embed. */
  head?: Head;
  /** Label of each class index; null where the index stands for nothing (COCO's missing ids). */
  labels?: (string | null)[];
  /** Colour of each class index, R, G, B from 0 to 255. */
  colors?: [number, number, number][];
}
