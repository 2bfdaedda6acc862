import type { Graph } from '../../graph/types';
import type { Preprocessing } from '../../models/description';
import type { NativeFrame, NativeSegmentationRequest } from '../../runtime/native';
import type { Signs } from '../case-model';

/** What is tried, as the rows of the report have it. */
export type CaseKind =
  | 'conv2d'
  | 'depthwiseConv2d'
  | 'add'
  | 'averagePool'
  | 'globalAveragePool'
  | 'concat'
  | 'resizeBilinear'
  | 'softmax'
  | 'sigmoid'
  | 'biasAdd, relu, relu6'
  | 'several outputs'
  | 'sampling'
  | 'class map';

/** One network on one picture. */
export interface Case {
  kind: CaseKind;
  /** All that tells it from the others of its kind, for people. */
  parameters: Readonly<Record<string, unknown>>;
  graph: Graph;
  /** Default `mixed`. */
  signs?: Signs;
  /** Whether biases and activations become part of the operations before them. Default true. */
  fuse?: boolean;
  /** Beside the network's size. Default: pixels over 256, and a picture of just that size. */
  preprocessing?: Partial<Preprocessing>;
  picture?: Partial<Pick<NativeFrame, 'width' | 'height' | 'region' | 'rotation'>>;
  /** Asks for a class map and not for outputs. */
  classMap?: {
    classes: number;
    alignCorners: boolean;
    /** What the map is for: see NativeSegmentationRequest. */
    picture?: NativeSegmentationRequest['picture'];
  };
}
