import type { DetectionHead, Preprocessing, Task } from '../../models/description';
import type { SeparatedHead } from './heads/head';

/** What a caller knows about a model that its graph does not say. */
export interface ConversionOptions {
  /** Name of the model. */
  name: string;
  /** SPDX expression of the weights' licence. */
  license: string;
  /** Where the weights came from. */
  source: string;
  /** One line for people. */
  description?: string;
  /** What the model does. Default: found from the graph's outputs. */
  task?: Task;
  /** Names of the graph's outputs (`node` or `node:output`). Default: those the file declares, else the values that nothing reads. */
  outputs?: string[];
  /** Network input in pixels. Needed only where the graph takes pictures of any size. */
  inputSize?: {
    /** Columns. */
    width: number;
    /** Rows. */
    height: number;
  };
  /** What the graph's input takes for the pixel values 0 and 255. Needed unless the input takes bytes, which are [0, 255]. */
  inputRange?: [number, number];
  /** How a picture is brought to the input size, where the graph does not do it itself. Default: stretched, legacy bilinear sampling. */
  resize?: Pick<Preprocessing, 'resize' | 'centralFraction' | 'padValue' | 'alignCorners' | 'halfPixelCenters'>;
  /** What turns the outputs into scores. Default: what the graph ends in; else softmax for classifiers, sigmoid for detectors. */
  activation?: 'softmax' | 'sigmoid' | 'none';
  /** The head, where the caller knows it: the graph's outputs are then not looked at. */
  head?: SeparatedHead;
  /** A detector's post-processing. Default: what the graph itself does, else that of TensorFlow's published SSD configurations. */
  nonMaxSuppression?: Partial<DetectionHead['nonMaxSuppression']>;
  /** Label of each class index; null where the index stands for nothing. */
  labels?: (string | null)[];
  /** Colour of each class index, R, G, B from 0 to 255. */
  colors?: [number, number, number][];
}
