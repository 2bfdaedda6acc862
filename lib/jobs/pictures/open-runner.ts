import { MobileNetError } from '../../errors';
import { acquireMemory, decodeLimiter } from '../../images/decode';
import { DamagedImageError } from '../../images/errors';
import type { ImageInput } from '../../images/image';
import { heldTwice } from '../../images/pixels';
import { resolveModel } from '../../models/registry';
import { hashFile } from '../../models/registry/hash-file';
import { chooseDevice } from '../../runtime/devices';
import { orderedMap } from '../../tasks/ordered-map';
import { checkJobSpec } from '../check-spec';
import type { PictureOutcome, PictureRunner, RunPicturesOptions } from '../picture-runner';
import type { Reference } from '../reference';
import type { FinishedRow } from '../rows';
import type { JobSpec } from '../spec';
import type { OpenedTask, PictureResult } from './open-task';
import { PictureReader } from './picture-reader';
import { ResultFiles } from './result-files';
import { addTiming, noTimes } from './stage-times';
import { openTaskLanes } from './task-lanes';

/** What is wrong with one picture and not with the others. */
const pictureCodes = ['ERR_IMAGE_NOT_FOUND', 'ERR_IMAGE_DECODE', 'ERR_IMAGE_TOO_LARGE', 'ERR_DOWNLOAD', 'ERR_INVALID_OPTION'];

/** A GPU may fail at a picture for reasons of its own. */
const deviceAttempts = 3;

/**
 * Pictures between the beginning of their reading and their row: enough that those behind a large or slow one keep all stages busy. What they
 * hold in memory is bounded elsewhere, by bytes.
 */
const picturesAhead = 32;

/** Arithmetic differs between instruction sets and GPUs, if only in the last digits: a job must end on what it began on. */
function describeDevice({ device = 'auto', precision = 'auto' }: JobSpec): string {
  const chosen = chooseDevice(device);
  if (chosen.type === 'cpu') {
    return `cpu ${chosen.instructionSets[0]}`;
  }
  return `metal ${precision === 'auto' ? 'float16' : precision} ${chosen.name}`;
}

class Runner implements PictureRunner {
  readonly times = noTimes();
  readonly #task: OpenedTask;
  readonly #files: ResultFiles;
  readonly #reader = new PictureReader();

  constructor(
    readonly modelHash: string,
    readonly device: string,
    task: OpenedTask,
    files: ResultFiles,
  ) {
    this.#task = task;
    this.#files = files;
  }

  run(
    references: Iterable<Reference> | AsyncIterable<Reference>,
    { first = 0, signal }: RunPicturesOptions = {},
  ): AsyncIterable<PictureOutcome> {
    let next = first;
    // Results that hold maps of their pictures' size must not pile up behind a slow one.
    const concurrency = this.#task.bytesPerPixel > 0 || this.#files.any ? 2 + decodeLimiter.limit : picturesAhead;
    return orderedMap(references, (reference, stopping) => this.#picture(reference, next++, stopping), { concurrency, signal });
  }

  async #picture(reference: Reference, place: number, signal: AbortSignal): Promise<PictureOutcome> {
    try {
      if (reference.failure) {
        throw reference.failure;
      }
      const asked = performance.now();
      const picture = await this.#reader.read(reference, signal);
      this.times.read += performance.now() - asked;
      try {
        return await this.#process(reference.name, picture.image, place, signal);
      } finally {
        picture.release();
      }
    } catch (error) {
      if (error instanceof MobileNetError && pictureCodes.includes(error.code) && !signal.aborted) {
        const message = error instanceof DamagedImageError ? error.certain : error.message;
        return { row: { image: reference.name, error: { code: error.code, message } }, files: [] };
      }
      throw error;
    }
  }

  async #process(name: string, image: ImageInput, place: number, signal: AbortSignal): Promise<PictureOutcome> {
    const made = await this.#attempt(image, signal);
    const { result, fields } = made;
    addTiming(this.times, result.timing);
    const paths = this.#files.any ? await this.#write(place, name, made, image, signal) : {};
    return {
      // The fields are those of the task.
      row: { image: name, width: result.width, height: result.height, ...fields, ...paths } as FinishedRow,
      files: Object.values(paths),
    };
  }

  async #write(place: number, name: string, made: PictureResult, image: ImageInput, signal: AbortSignal) {
    const { width, height } = made.result;
    // Drawing decodes the picture once more, whole.
    const release = await acquireMemory(heldTwice(width, height), signal);
    const began = performance.now();
    try {
      return await this.#files.write(place, name, made, image, signal);
    } finally {
      release();
      this.times.files += performance.now() - began;
    }
  }

  async #attempt(image: ImageInput, signal: AbortSignal): Promise<PictureResult> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#task.process(image, signal);
      } catch (error) {
        const lost = error instanceof MobileNetError && error.code === 'ERR_DEVICE_LOST';
        if (!lost || attempt === deviceAttempts || signal.aborted) {
          throw error;
        }
      }
    }
  }

  dispose(): Promise<void> {
    return this.#task.dispose();
  }
}

/**
 * Loads the model of a job and makes the folders of its files.
 *
 * Rejects with ERR_INVALID_OPTION, ERR_WRITE, and as the task's `load` does.
 */
export async function openPictureRunner(spec: JobSpec): Promise<PictureRunner> {
  checkJobSpec(spec);
  const files = new ResultFiles(spec.files);
  const { path } = await resolveModel(spec.model);
  const task = await openTaskLanes(spec);
  try {
    await files.prepare();
    return new Runner(await hashFile(path, 'sha256'), describeDevice(spec), task, files);
  } catch (error) {
    await task.dispose();
    throw error;
  }
}
