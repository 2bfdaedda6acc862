import { classMapPng } from '../../images/class-map-png';
import { drawDetections, drawSegmentation } from '../../images/draw';
import type { ImageInput } from '../../images/image';
import { checkOptionNames } from '../../options';
import { type ImageResult, imageOptionNames } from '../../tasks/base';
import { Classifier, classifyOptionNames } from '../../tasks/classifier';
import { Detector, detectOptionNames } from '../../tasks/detector';
import { Embedder, embedOptionNames } from '../../tasks/embedder';
import type { LoadOptions } from '../../tasks/load';
import { classifyFields, detectFields, embedFields, segmentFields } from '../../tasks/result-fields';
import { Segmenter } from '../../tasks/segmenter';
import type { JobSpec, JobTask } from '../spec';

/** What a job makes of one picture. */
export interface PictureResult {
  result: ImageResult;
  /** The task's own fields of the row. */
  fields: object;
  /** Makes the PNGs that the job wants beside the row. */
  encode: { [Kind in 'mask' | 'draw']?: (image: ImageInput, signal: AbortSignal) => Promise<Uint8Array> };
}

/** A task that is loaded, with the options of all its calls. */
export interface OpenedTask {
  process(image: ImageInput, signal: AbortSignal): Promise<PictureResult>;
  /** Bytes of a result for each pixel of the picture, which are held until its files are written. */
  bytesPerPixel: number;
  dispose(): Promise<void>;
}

type CallOptions = NonNullable<JobSpec['options']>;

/** Has a task check the options of its calls; where they are wrong it is disposed of. */
async function checked<Task extends { dispose(): Promise<void> }>(task: Task, check: (task: Task) => unknown): Promise<Task> {
  try {
    check(task);
    return task;
  } catch (error) {
    await task.dispose();
    throw error;
  }
}

async function openClassifier(model: string, load: LoadOptions, options: CallOptions): Promise<OpenedTask> {
  const task = await checked(await Classifier.load(model, load), (loaded) => loaded.stream([], options));
  return {
    async process(image, signal) {
      const result = await task.classify(image, { ...options, signal });
      return { result, fields: classifyFields(result), encode: {} };
    },
    bytesPerPixel: 0,
    dispose: () => task.dispose(),
  };
}

async function openDetector(model: string, load: LoadOptions, options: CallOptions): Promise<OpenedTask> {
  const task = await checked(await Detector.load(model, load), (loaded) => loaded.stream([], options));
  return {
    async process(image, signal) {
      const result = await task.detect(image, { ...options, signal });
      const draw = (picture: ImageInput, stopping: AbortSignal) =>
        drawDetections(picture, result, { output: 'png', signal: stopping });
      return { result, fields: detectFields(result), encode: { draw } };
    },
    bytesPerPixel: 0,
    dispose: () => task.dispose(),
  };
}

async function openSegmenter(model: string, load: LoadOptions, options: CallOptions, opacity?: number): Promise<OpenedTask> {
  const task = await checked(await Segmenter.load(model, load), (loaded) => loaded.stream([], options));
  return {
    async process(image, signal) {
      const result = await task.segment(image, { ...options, signal });
      const { classMap, mapWidth, mapHeight } = result;
      return {
        result,
        fields: segmentFields(result),
        encode: {
          draw: (picture, stopping) => drawSegmentation(picture, result, { output: 'png', opacity, signal: stopping }),
          mask: (_, stopping) => classMapPng(classMap, mapWidth, mapHeight, stopping),
        },
      };
    },
    bytesPerPixel: 1,
    dispose: () => task.dispose(),
  };
}

async function openEmbedder(model: string, load: LoadOptions, { layer, ...options }: CallOptions): Promise<OpenedTask> {
  const task = await checked(await Embedder.load(model, { ...load, layer }), (loaded) => loaded.stream([], options));
  return {
    async process(image, signal) {
      const result = await task.embed(image, { ...options, signal });
      return { result, fields: embedFields(result), encode: {} };
    },
    bytesPerPixel: 0,
    dispose: () => task.dispose(),
  };
}

/** What the options of each task's calls may be, but for the signal, which is the job's. */
const optionNames = {
  classify: classifyOptionNames,
  detect: detectOptionNames,
  segment: imageOptionNames,
  embed: embedOptionNames,
} as const satisfies Record<JobTask, readonly string[]>;

/** Loads the model of a job and checks the options of its calls. Rejects as the task's `load` does. */
export async function openTask(spec: JobSpec): Promise<OpenedTask> {
  const { task, model, device, precision, threads, framesInFlight, batchSize, maxPixels, decode = 'fast', options = {} } = spec;
  const load: LoadOptions = { device, precision, threads, framesInFlight, batchSize, maxPixels, decode };
  checkOptionNames(options, optionNames[task].filter((name) => name !== 'signal') as (keyof CallOptions)[], task);
  switch (task) {
    case 'classify':
      return openClassifier(model, load, options);
    case 'detect':
      return openDetector(model, load, options);
    case 'segment':
      return openSegmenter(model, load, options, spec.files?.opacity);
    case 'embed':
      return openEmbedder(model, load, options);
  }
}
