/**
 * TensorFlow's models made into model files: {@link convertModel}.
 *
 * @module conversion
 */
export {
  type CheckAnswer,
  type ConvertedModel,
  type ConvertModelOptions,
  convertModel,
  type OutputDifference,
  type ReportLine,
  type SelfCheck,
  type SourceComparison,
  type SourceFormat,
  type SourceInMemory,
  type WeightType,
} from '../../../lib';
