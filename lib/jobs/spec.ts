import type { DrawSegmentationOptions } from '../images/draw';
import type { Task } from '../models/description';
import type { ClassifyOptions } from '../tasks/classifier';
import type { DetectOptions } from '../tasks/detector';
import type { EmbedOptions } from '../tasks/embedder';
import type { LoadOptions } from '../tasks/load';

export const jobTasks = ['classify', 'detect', 'segment', 'embed'] as const satisfies (Task | 'embed')[];
/**
 * What a job does with its pictures.
 *
 * @useDeclaredType
 */
export type JobTask = (typeof jobTasks)[number];

type Call<Options> = Omit<Options, 'signal'>;

/** Options of the task's calls, which may be written as JSON. */
export type JobCallOptions = Call<ClassifyOptions> & Call<DetectOptions> & Call<EmbedOptions>;

/** Files written of each picture beside its row. */
export interface JobFiles {
  /** `segment`: folder for class maps as 8-bit grey PNGs of class indices. */
  mask?: string;
  /** `detect`, `segment`: folder for pictures with their result drawn on them. */
  draw?: string;
  /** How much of a class's colour is laid over a drawn picture, 0 to 1. Default 0.6. */
  opacity?: DrawSegmentationOptions['opacity'];
}

/**
 * All that decides what becomes of a picture, as JSON.
 *
 * @typeParam Task of the job
 */
export interface JobSpec<Task extends JobTask = JobTask> {
  /** What is done with each picture. */
  task: Task;
  /** Name of a model or path of a model file. */
  model: string;
  /** `exact`, or `fast`: large pictures are shrunk while they are decoded, as in {@link LoadOptions}. Default `fast`. */
  decode?: LoadOptions['decode'];
  /** As in {@link LoadOptions}. */
  maxPixels?: LoadOptions['maxPixels'];
  /** As in {@link LoadOptions}. */
  device?: LoadOptions['device'];
  /** As in {@link LoadOptions}. */
  precision?: LoadOptions['precision'];
  /** As in {@link LoadOptions}, by default as many as processors, one for each picture; it changes no row, only the speed. */
  threads?: number;
  /** As in {@link LoadOptions}; it changes no row, only the speed. */
  framesInFlight?: number;
  /** As in {@link LoadOptions}; it changes no row, only the speed. */
  batchSize?: number;
  /** Options of the task's calls. */
  options?: JobCallOptions;
  /** Files written beside the rows. */
  files?: JobFiles;
}

/** The parts of a spec that change no row. */
export const speedOptions = ['threads', 'framesInFlight', 'batchSize'] as const satisfies (keyof JobSpec)[];

/** What of a spec decides the rows. */
export function withoutSpeed(spec: JobSpec): JobSpec {
  const rest = { ...spec };
  for (const name of speedOptions) {
    delete rest[name];
  }
  return rest;
}
