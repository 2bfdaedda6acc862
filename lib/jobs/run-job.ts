import { MobileNetError } from '../errors';
import { itemsUntilAbort } from '../source-reader';
import { version } from '../version';
import { exportWith } from './export/export-rows';
import type { ManifestSummary } from './inputs/manifest-file';
import {
  checkInputs,
  isListed,
  iteratedReferences,
  type JobInputs,
  type JobReferences,
  listedReferences,
  savedReferences,
  saveInputs,
} from './job-inputs';
import { type CheckedJobOptions, checkJobOptions, type JobOptions } from './job-options';
import type { JobProgress } from './job-progress';
import { JobFolder } from './journal/job-folder';
import type { PictureRunner } from './picture-runner';
import { noTimes } from './pictures/stage-times';
import type { Reference } from './reference';
import { isFailed, type JobRow, rowLine } from './rows';
import { type JobTask, withoutSpeed } from './spec';

/** Milliseconds of work that a crash may cost. */
const checkpointInterval = 500;

/** The source's items until told to stop; one that is still owed is not waited for. */
async function* until(stopping: AbortSignal, source: AsyncIterable<Reference>): AsyncGenerator<Reference, void, undefined> {
  try {
    yield* itemsUntilAbort(source, stopping);
  } catch (error) {
    if (!stopping.aborted) {
      throw error;
    }
  }
}

/**
 * A task's work on any number of pictures: iterate over it to have it done, row by row in the order of the pictures. With `out` rows are kept
 * on disk, and a job that was stopped, or whose process was killed, goes on where it was.
 *
 * @typeParam Task of the job
 */
export class Job<Task extends JobTask = JobTask> implements AsyncIterable<JobRow<Task>> {
  readonly #inputs: JobInputs;
  readonly #options: CheckedJobOptions;
  /** Ends the taking of pictures; what is in work is finished. */
  readonly #stopping = new AbortController();
  #iterated = false;
  #folder: JobFolder | undefined;
  #runner: PictureRunner | undefined;
  #total: number | undefined;
  #rows = 0;
  #resumed = 0;
  #failures: Record<string, number> = {};
  #complete = false;
  #began: number | undefined;
  #ended: number | undefined;
  #lastCheckpoint = 0;

  /** Use {@link runJob}. */
  constructor(inputs: JobInputs, options: JobOptions<Task>) {
    this.#options = checkJobOptions(options);
    this.#inputs = checkInputs(inputs);
  }

  /** How far it is. */
  get progress(): JobProgress {
    const seconds = this.#began === undefined ? 0 : ((this.#ended ?? performance.now()) - this.#began) / 1000;
    return {
      total: this.#total,
      rows: this.#rows,
      resumed: this.#resumed,
      failed: Object.values(this.#failures).reduce((sum, count) => sum + count, 0),
      failures: { ...this.#failures },
      complete: this.#complete,
      seconds,
      rate: seconds > 0 ? (this.#rows - this.#resumed) / seconds : 0,
      stages: this.#runner ? { ...this.#runner.times } : noTimes(),
    };
  }

  /** Takes no further pictures and finishes those in work; the iteration then ends, and the job can be resumed. */
  stop(): void {
    this.#stopping.abort();
  }

  /**
   * Does the job. With `resume` the rows of earlier runs are not handed out again, but for those that were not on disk yet.
   *
   * Throws ERR_JOB_EXISTS, ERR_JOB_BUSY (another process is at work on the same output), ERR_JOB_CHANGED (resumed with other inputs or options,
   * all of which the message names), ERR_JOB_CORRUPT, ERR_INPUT_NOT_FOUND, ERR_INPUT_LOST (a folder or an archive is gone), ERR_ARCHIVE_CORRUPT,
   * ERR_TOO_MANY_ERRORS, ERR_WRITE (the disk is full) and what loading the model throws; on abort, the signal's reason. After all but the first
   * four and what is wrong with options it can be resumed.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<JobRow<Task>, void, undefined> {
    if (this.#iterated) {
      throw new MobileNetError('ERR_INVALID_OPTION', 'a job is done once: call runJob for another');
    }
    this.#iterated = true;
    const { out, resume, overwrite, signal } = this.#options;
    signal?.throwIfAborted();
    if (out !== undefined) {
      this.#folder = await JobFolder.open(out, { resume, overwrite });
      if (!this.#folder) {
        this.#complete = true;
        return;
      }
    }
    try {
      const prepared = await this.#prepare().catch((error) => this.#unlessStopped(error));
      if (prepared) {
        this.#total = prepared.total;
        yield* this.#work(prepared.references);
      }
    } finally {
      this.#ended = performance.now();
      // A source that still owes a picture is asked to close even where the loop was left: it may hold what keeps the process alive.
      this.#stopping.abort();
      await this.#runner?.dispose();
      await this.#folder?.close();
      this.#options.onProgress?.(this.progress);
    }
  }

  /** What goes wrong because the job was told to stop before it had begun is nothing wrong. */
  #unlessStopped(error: unknown): undefined {
    if (!this.#stopping.signal.aborted || error !== this.#stopping.signal.reason) {
      throw error;
    }
  }

  /** Lists the inputs, loads the model and begins the job, or goes on with it. */
  async #prepare(): Promise<JobReferences> {
    const { openPictureRunner } = require('./pictures/open-runner') as typeof import('./pictures/open-runner');
    const { spec, shard, list, nullSeparated, signal } = this.#options;
    const folder = this.#folder;
    const inputs = this.#inputs;
    const stopping = this.#stopping.signal;
    const listing = { list, nullSeparated, shard, signal: signal ? AbortSignal.any([signal, stopping]) : stopping };
    if (!isListed(inputs)) {
      this.#runner = await openPictureRunner(spec);
      await this.#enter(null);
      return { references: iteratedReferences(inputs, { folder, shard, signal: listing.signal }), total: undefined };
    }
    if (!folder) {
      this.#runner = await openPictureRunner(spec);
      return { references: listedReferences(inputs, listing), total: undefined };
    }
    const { summary, difference } = await saveInputs(inputs, folder, listing);
    this.#runner = await openPictureRunner(spec);
    await this.#enter(summary, difference);
    return savedReferences(folder, summary, { shard, signal });
  }

  async #enter(inputs: ManifestSummary | null, difference?: string): Promise<void> {
    const folder = this.#folder;
    if (!folder || !this.#runner) {
      return;
    }
    const { spec, shard = null, format } = this.#options;
    const { modelHash: model, device } = this.#runner;
    const description = { version, spec: withoutSpeed(spec), model, device, inputs, shard, format };
    if (folder.saved) {
      await folder.resume(description, difference);
      this.#rows = folder.log.rows;
      this.#resumed = folder.log.rows;
      this.#failures = { ...folder.log.failures };
    } else {
      await folder.begin(description);
    }
  }

  async *#work(references: AsyncIterable<Reference>): AsyncGenerator<JobRow<Task>, void, undefined> {
    const { signal } = this.#options;
    const runner = this.#runner as PictureRunner;
    this.#began = performance.now();
    this.#lastCheckpoint = this.#began;
    let written = false;
    try {
      this.#checkErrors();
      const source = until(this.#stopping.signal, references);
      for await (const { row, files } of runner.run(source, { first: this.#rows, signal })) {
        await this.#keep(row, files);
        yield row as JobRow<Task>; // the runner is one for the task
        this.#checkErrors();
      }
      written = true;
    } finally {
      if (!written) {
        // Whatever went wrong, the rows so far need not be made again.
        await this.#folder?.checkpoint().catch(() => {});
      }
    }
    if (this.#stopping.signal.aborted) {
      await this.#folder?.checkpoint();
    } else {
      await this.#finish();
    }
  }

  async #keep(row: JobRow, files: string[]): Promise<void> {
    const errorCode = isFailed(row) ? row.error.code : undefined;
    this.#rows++;
    if (errorCode !== undefined) {
      this.#failures[errorCode] = (this.#failures[errorCode] ?? 0) + 1;
    }
    if (this.#folder) {
      await this.#folder.log.append(rowLine(row), { files, errorCode });
      if (performance.now() - this.#lastCheckpoint >= checkpointInterval) {
        await this.#folder.checkpoint();
        this.#lastCheckpoint = performance.now();
      }
    }
    this.#options.onProgress?.(this.progress);
  }

  #checkErrors(): void {
    const { failed } = this.progress;
    if (failed > this.#options.maxErrors) {
      const message = `${failed} images have failed, more than maxErrors allows (${this.#options.maxErrors})`;
      throw new MobileNetError('ERR_TOO_MANY_ERRORS', message);
    }
  }

  async #finish(): Promise<void> {
    const { format, spec } = this.#options;
    await this.#folder?.finish(exportWith(format, spec.task));
    this.#complete = true;
  }
}

/**
 * Classifies, detects, segments or embeds any number of pictures, in bounded memory, and keeps the rows on disk. The options are checked before it
 * returns; nothing is done before it is iterated over.
 * The one of index.ts, which loads this file when it is called.
 */
export function runJob<Task extends JobTask>(inputs: JobInputs, options: JobOptions<Task>): Job<Task> {
  return new Job(inputs, options);
}
