/**
 * Published models and the model file: {@link listModels}, {@link pullModel}, {@link removeModel}, and what a model says of itself.
 *
 * @module models
 */
export {
  type BundledSource,
  type ClassificationHead,
  type DetectionHead,
  type Extent,
  type Graph,
  type GraphOutput,
  type Head,
  type HttpsSource,
  type ListedModel,
  listModels,
  type ModelDescription,
  type ModelLocation,
  type MultipleGridAnchors,
  type NamedShape,
  type NpmSource,
  type Preprocessing,
  type PulledModel,
  type PullOptions,
  type PullProgress,
  pullModel,
  type RegistryConversion,
  type RegistryEntry,
  type RegistrySource,
  type RemoveOptions,
  removeModel,
  type SegmentationHead,
  type Shape,
  type SourceFile,
  type Task,
} from '../../../lib';
