import type { Preprocessing } from '../models/description';
import type { SeparatedHead } from './lowering/heads/head';
import type { SourceGraph } from './source-graph';

/** The formats that are read. */
export const SOURCE_FORMATS = [
  'tflite',
  'frozen-graph',
  'saved-model',
  'checkpoint',
  'keras-h5',
  'keras',
  'tfjs-graph-model',
  'tfjs-layers-model',
] as const;
/**
 * A format that `convertModel` reads.
 *
 * @useDeclaredType
 */
export type SourceFormat = (typeof SOURCE_FORMATS)[number];

/** What a reader makes of a file: the graph, and what else the file says about itself. Options of the caller go first. */
export interface SourceModel {
  format: SourceFormat;
  graph: SourceGraph;
  /** The model's own name. */
  name?: string;
  /** One line for people. */
  description?: string;
  /** Licence, as the file puts it. */
  license?: string;
  /** Label of each class index. */
  labels?: (string | null)[];
  /** What the graph's input takes for the pixel values 0 and 255. */
  inputRange?: [number, number];
  /** How a picture is brought to the input size. */
  resize?: Pick<Preprocessing, 'resize' | 'centralFraction' | 'padValue' | 'alignCorners' | 'halfPixelCenters'>;
  /** The head, where the reader knows it better than the graph shows it: of networks matched by name. */
  head?: SeparatedHead;
  /** What the reader did, for the report. */
  notes?: string[];
}
