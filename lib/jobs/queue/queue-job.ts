import { MobileNetError } from '../../errors';
import { invalidOption } from '../../options';
import { isPlainObject } from '../plain-object';
import type { JobSpec, JobTask } from '../spec';

/** What a job is, as all its machines know it from Redis. */
export interface QueueJob {
  /** Version of the package that submitted it. */
  version: string;
  /** Without what changes no row. */
  spec: JobSpec;
  /** Hexadecimal SHA-256 of the model file. */
  model: string;
  images: number;
  chunks: number;
  /** Images of each chunk but the last. */
  chunkSize: number;
  /** Hexadecimal SHA-256 of the list of inputs. */
  inputs: string;
}

/** How far it is. */
export interface QueueProgress {
  /** Milliseconds since 1970. */
  created: number;
  /** Chunks that have been put into the queue. */
  submitted: number;
  /** Chunks whose rows are there. */
  done: number;
  doneImages: number;
  failedImages: number;
  /** Chunks whose rows are in the output. */
  collected: number;
  /** Of the rows that are not, compressed. */
  waitingBytes: number;
}

/** One entry of the queue. */
export interface Chunk {
  job: string;
  /** From 0. */
  chunk: number;
  /** Place of its first image in the job, from 0. */
  first: number;
  images: { name: string; root?: string }[];
}

/** Images of a chunk: a worker holds some seconds of work. */
export const defaultChunkSizes: Record<JobTask, number> = { classify: 256, embed: 256, detect: 128, segment: 32 };

const namePattern = /^[A-Za-z0-9_.-]{1,64}$/;

/** Throws ERR_INVALID_OPTION. */
export function checkJobName(name: unknown): string {
  if (typeof name !== 'string' || !namePattern.test(name)) {
    throw invalidOption('job', 'a name of 1 to 64 letters, digits, _, . and -', name);
  }
  return name;
}

const isPlace = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** What came out of the queue, where anybody who may write to Redis can put things. Throws ERR_QUEUE. */
export function checkChunk(value: unknown): Chunk {
  const { job, chunk, first, images } = isPlainObject(value) ? value : {};
  const isImage = (image: unknown) =>
    isPlainObject(image) && typeof image.name === 'string' && (image.root === undefined || typeof image.root === 'string');
  if (typeof job === 'string' && namePattern.test(job) && isPlace(chunk) && isPlace(first)) {
    if (Array.isArray(images) && images.length > 0 && images.every(isImage)) {
      return { job, chunk, first, images };
    }
  }
  throw new MobileNetError('ERR_QUEUE', 'the queue holds something that is no chunk of a job');
}

/** Whether a chunk is one of this job, and not of another that had its name, or made up. */
export function belongsTo({ chunk, first, images }: Chunk, job: QueueJob): boolean {
  return chunk < job.chunks && first === chunk * job.chunkSize && images.length === Math.min(job.chunkSize, job.images - first);
}
