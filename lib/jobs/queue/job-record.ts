import { MobileNetError } from '../../errors';
import { version as ownVersion } from '../../version';
import { checkJobSpec } from '../check-spec';
import { isPlainObject } from '../plain-object';
import type { JobSpec } from '../spec';
import { isAnswer } from './insist';
import type { QueueJob, QueueProgress } from './queue-job';

/** A job with how far it is. */
export type StoredJob = QueueJob & QueueProgress;

/** Fields of a record beside the job itself. */
export const progressFields = [
  ...['created', 'submitted', 'done', 'doneImages'],
  ...['failedImages', 'collected', 'waitingBytes'],
] as (keyof QueueProgress)[];

/** Redis holds something under the name of a job that is no record of one. It costs that job, and nothing else. */
export class DamagedRecordError extends MobileNetError {
  constructor(readonly job: string) {
    super('ERR_QUEUE', `the queue's record of the job '${job}' is damaged`);
  }
}

/** What Redis answers where a key, or a field, holds another kind of value than is kept there. */
const otherKind = /\bWRONGTYPE\b|is not an integer/;

/** What Redis answers about a job. Throws ERR_QUEUE where that is of another kind than what is kept of jobs. */
export async function aboutJob<T>(name: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw isAnswer(error) && otherKind.test(error.message) ? new DamagedRecordError(name) : error;
  }
}

export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** Options of the task's calls are checked where the model is loaded. */
function isSpec(spec: Record<string, unknown>): boolean {
  try {
    checkJobSpec(spec as unknown as JobSpec);
    return true;
  } catch {
    return false;
  }
}

/** Only what the commands reckon with is looked at: what a job of another version of this package may ask for, only that one knows. */
function isJob(value: unknown): value is QueueJob {
  if (!isPlainObject(value) || !isPlainObject(value.spec)) {
    return false;
  }
  const { version, model, inputs, images, chunks, chunkSize, spec } = value;
  const isText = [version, model, inputs, spec.task, spec.model].every((text) => typeof text === 'string');
  const isWhole = isCount(images) && isCount(chunkSize) && chunkSize > 0 && chunks === Math.ceil(images / chunkSize);
  return isText && isWhole && (version !== ownVersion || isSpec(spec));
}

/** Throws ERR_QUEUE for what is no record of a job. */
export function toStoredJob(name: string, fields: Record<string, string>): StoredJob {
  const job = parsed(fields.job);
  const progress = Object.fromEntries(progressFields.map((field) => [field, Number(fields[field])])) as unknown as QueueProgress;
  if (!isJob(job) || !Object.values(progress).every(Number.isSafeInteger)) {
    throw new DamagedRecordError(name);
  }
  return { ...job, ...progress };
}

/** Undefined for what is no JSON. */
export function parsed(text: string | null | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
