import type { ConvertedModel, ConvertModelOptions, SourceInMemory } from './convert/convert-model';
import type { JobInputs } from './jobs/job-inputs';
import type { JobOptions } from './jobs/job-options';
import type { Job } from './jobs/run-job';
import type { JobTask } from './jobs/spec';
import { type ListedModel, listModels as listKnownModels } from './models/registry';

export type { CheckAnswer, OutputDifference, SelfCheck, SourceComparison } from './convert/check/self-check';
export type { ConvertedModel, ConvertModelOptions, ReportLine, SourceInMemory } from './convert/convert-model';
export type { SourceFormat } from './convert/source-model';
export { type PulledModel, type PullOptions, type PullProgress, pullModel, type RemoveOptions, removeModel } from './download';
export { type ErrorCode, MobileNetError } from './errors';
export type { NamedShape } from './graph/layers';
export type { Extent, Graph, GraphOutput, Shape } from './graph/types';
export {
  type DrawableDetections,
  type DrawableSegmentation,
  type DrawDetectionsOptions,
  type DrawOptions,
  type DrawSegmentationOptions,
  drawDetections,
  drawSegmentation,
} from './images/draw';
export type { Color } from './images/draw/colors';
export type { EncodedImage, ImageInput, RawImage } from './images/image';
export type { OutputFormat } from './jobs/export/format';
export type { Shard } from './jobs/inputs/shard';
export type { JobInputs, NamedImage } from './jobs/job-inputs';
export type { JobOptions } from './jobs/job-options';
export type { JobProgress } from './jobs/job-progress';
export type { StageTimes } from './jobs/pictures/stage-times';
export type {
  ClassifyRow,
  DetectRow,
  EmbedRow,
  FailedRow,
  FinishedRow,
  JobRow,
  PictureRow,
  SegmentRow,
  TaskRows,
} from './jobs/rows';
export type { Job } from './jobs/run-job';
export type { JobCallOptions, JobFiles, JobSpec, JobTask } from './jobs/spec';
export {
  type ClassificationHead,
  type DetectionHead,
  type Head,
  type ModelDescription,
  type MultipleGridAnchors,
  type Preprocessing,
  type SegmentationHead,
  type Task,
  voidClass,
} from './models/description';
export type { WeightType } from './models/model-file';
export type {
  BundledSource,
  HttpsSource,
  ListedModel,
  ModelLocation,
  NpmSource,
  RegistryConversion,
  RegistryEntry,
  RegistrySource,
  SourceFile,
} from './models/registry';
export type { LoadProgress } from './models/safetensors-file';
export { type CpuInfo, type Device, type DeviceInfo, devices, type MetalInfo } from './runtime/devices';
export type { SessionOptions } from './runtime/session-options';
export type {
  ImageFailure,
  ImageOptions,
  ImageResult,
  ImageSource,
  ImageTask,
  ModelInfo,
  ResultStream,
  StreamOptions,
  Timing,
} from './tasks/base';
export type { ClassFilterOptions, ClassName } from './tasks/class-filter';
export { type Category, Classifier, type ClassifyOptions, type ClassifyResult, type ClassifyStream } from './tasks/classifier';
export { cosineSimilarity, type Vector } from './tasks/cosine-similarity';
export { type Detection, type DetectOptions, Detector, type DetectResult, type DetectStream } from './tasks/detector';
export { Embedder, type EmbedderLoadOptions, type EmbedOptions, type EmbedResult, type EmbedStream } from './tasks/embedder';
export type { Region } from './tasks/geometry';
export type { LoadOptions, ModelSource } from './tasks/load';
export {
  Network,
  type NetworkLoadOptions,
  type OutputTensor,
  type RunOptions,
  type RunResult,
  type RunStream,
} from './tasks/network';
export {
  type ClassMask,
  type LegendEntry,
  Segmenter,
  type SegmentOptions,
  type SegmentResult,
  type SegmentStream,
} from './tasks/segmenter';
export { version } from './version';

/**
 * All models the package knows, by name, with where each is: `bundled`, `cached` (pulled) or `available` (`pullModel` brings it).
 * Rejects with ERR_MODEL_NOT_FOUND or ERR_MODEL_CORRUPT when the installation is damaged.
 *
 * @example
 * import { listModels } from 'mobilenet-metal';
 *
 * const models = await listModels();
 * console.log(models.filter(({ location }) => location === 'bundled').map(({ name, task }) => `${name}: ${task}`));
 * // → [
 * //     'deeplab-v3-mobilenet-v2-pascal: segment',
 * //     'mobilenet-v1-0.25-224: classify',
 * //     'ssdlite-mobilenet-v2-coco: detect'
 * //   ]
 */
export function listModels(): Promise<ListedModel[]> {
  return listKnownModels();
}

/**
 * Converts whatever TensorFlow left: a TensorFlow Lite model, a frozen graph, a SavedModel, a checkpoint, a Keras or a TensorFlow.js model. The
 * result's `bytes` are a model file, which every task loads. Works for some seconds on the calling thread.
 *
 * @param source path of the file or folder (of a checkpoint also what its files' names begin with), or the files in memory
 * @throws {MobileNetError} `ERR_MODEL_NOT_FOUND` where there is nothing to read, `ERR_MODEL_CORRUPT` for damaged files,
 *   `ERR_UNSUPPORTED_OPERATION` naming what has no counterpart, `ERR_INVALID_OPTION` for options that are wrong or missing,
 *   `ERR_CONVERSION_CHECK` when the result computes something else than the source
 *
 * @example
 * import { writeFile } from 'node:fs/promises';
 * import { Classifier, convertModel } from 'mobilenet-metal';
 *
 * const { bytes, check } = await convertModel('keras_model.h5', {
 *   inputRange: [-1, 1],
 *   labels: ['daisy', 'dandelion', 'roses', 'sunflowers', 'tulips'],
 * });
 * console.log(check.comparison.compared); // → true
 * await writeFile('flowers.safetensors', bytes);
 * const classifier = await Classifier.load('./flowers.safetensors');
 * console.log(classifier.labels[2]); // → roses
 */
export async function convertModel(source: string | SourceInMemory, options?: ConvertModelOptions): Promise<ConvertedModel> {
  // The libraries for TensorFlow's formats are loaded when they are needed, and not whenever this package is.
  const converter = require('./convert/convert-model') as typeof import('./convert/convert-model');
  return converter.convertModel(source, options);
}

/**
 * Classifies, detects, segments or embeds any number of pictures in bounded memory: iterate over the job to have it done, row by row in the order of
 * the pictures. With `out` the rows are kept on disk, and a job that was stopped or killed goes on where it was. The options are checked
 * before it returns; nothing is done before it is iterated over.
 *
 * @typeParam Task of the job
 * @throws {MobileNetError} `ERR_INVALID_OPTION`; the iteration throws what {@link Job} says
 *
 * @example
 * import { runJob } from 'mobilenet-metal';
 *
 * const job = runJob(['photos'], { task: 'classify', model: 'mobilenet-v1-0.25-224', out: 'results.jsonl', options: { topK: 1 } });
 * for await (const row of job) {
 *   console.log(row.image, 'error' in row ? row.error.code : row.categories[0].label);
 * }
 * // → photos/astronaut.png stethoscope
 * //   photos/chelsea.png Egyptian cat
 * //   photos/coffee.png espresso
 * //   photos/rocket.jpg obelisk
 * console.log(job.progress.rows, job.progress.complete); // → 4 true
 */
export function runJob<Task extends JobTask>(inputs: JobInputs, options: JobOptions<Task>): Job<Task> {
  const jobs = require('./jobs/run-job') as typeof import('./jobs/run-job');
  return jobs.runJob(inputs, options);
}
