import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MobileNetError } from '../../errors';
import { writeError } from '../../write-error';
import { type JobDescription, jobDifferences } from './description';
import { syncFolder, syncFolderOf } from './durable';
import { JobLock } from './job-lock';
import { RowLog, rowsPath } from './row-log';

export interface OpenJobOptions {
  /** Go on with a job that was interrupted, or find it complete. */
  resume: boolean;
  /** Begin anew whatever there is. */
  overwrite: boolean;
}

const descriptionFile = 'job.json';

/** The state of a job beside its output: `results.jsonl.job` for `results.jsonl`. */
export const jobFolderOf = (out: string) => `${out}.job`;

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function jobExists(message: string): MobileNetError {
  return new MobileNetError('ERR_JOB_EXISTS', message);
}

async function readDescription(folder: string): Promise<JobDescription | undefined> {
  const path = join(folder, descriptionFile);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined;
    }
    throw new MobileNetError('ERR_JOB_CORRUPT', `cannot read '${path}': ${(error as Error).message}`, { cause: error });
  }
  try {
    const saved = JSON.parse(text) as JobDescription;
    if (typeof saved.spec === 'object' && saved.spec !== null && typeof saved.version === 'string') {
      return saved;
    }
  } catch {
    // Told below.
  }
  throw new MobileNetError('ERR_JOB_CORRUPT', `'${path}' is not what was written to it: the job must begin anew`);
}

/**
 * The folder a job's state is kept in until its output is complete, held by this process. The output appears under its name when it is
 * complete and not before, so that a job whose output is there is done; a job that has begun has a whole `job.json`.
 */
export class JobFolder {
  readonly #out: string;
  readonly #lock: JobLock;
  readonly path: string;
  /** Where the list of inputs is saved. */
  readonly manifestPath: string;
  /** Where the list of a job that begins is to be saved, or one that is compared with the saved one. */
  readonly newManifestPath: string;
  /** The job as it was begun; undefined for one that begins now. */
  readonly saved: JobDescription | undefined;
  #log: RowLog | undefined;

  private constructor(out: string, lock: JobLock, saved: JobDescription | undefined) {
    this.#out = out;
    this.#lock = lock;
    this.saved = saved;
    this.path = jobFolderOf(out);
    this.manifestPath = join(this.path, 'inputs.jsonl');
    this.newManifestPath = `${this.manifestPath}.now`;
  }

  /**
   * Takes hold of the job of an output; undefined when it is complete already, which only resuming finds.
   *
   * Throws ERR_JOB_EXISTS where there is an output, or one in the making, and neither resuming nor overwriting is asked for, ERR_JOB_BUSY
   * while another process is at work on it, ERR_JOB_CORRUPT, ERR_WRITE.
   */
  static async open(out: string, { resume, overwrite }: OpenJobOptions): Promise<JobFolder | undefined> {
    const path = jobFolderOf(out);
    if (!overwrite && (await exists(out))) {
      if (!resume) {
        throw jobExists(`'${out}' is there already: overwrite it, or choose another name`);
      }
      return JobFolder.#complete(path);
    }
    const lock = await JobLock.acquire(path);
    try {
      if (overwrite) {
        // What there is goes when the new job begins: until then anything may turn out to be wrong with it.
        return new JobFolder(out, lock, undefined);
      }
      if (await exists(out)) {
        // Completed by the process that had the lock before.
        await lock.release();
        return JobFolder.open(out, { resume, overwrite });
      }
      const saved = await readDescription(path);
      if (saved && !resume) {
        throw jobExists(`a job for '${out}' has begun already: resume it, or overwrite it`);
      }
      return new JobFolder(out, lock, saved);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Removes what a job that is complete has left when it was killed at the very end. */
  static async #complete(path: string): Promise<undefined> {
    if (await exists(path)) {
      const lock = await JobLock.acquire(path);
      await rm(path, { recursive: true, force: true });
      await lock.release();
    }
    return undefined;
  }

  get log(): RowLog {
    if (!this.#log) {
      throw new MobileNetError('ERR_INTERNAL', 'the rows of a job are there once it has begun');
    }
    return this.#log;
  }

  async #clear(): Promise<void> {
    try {
      // The output first: where it is, the job counts as complete.
      await rm(this.#out, { force: true });
      await syncFolderOf(this.#out);
      await rm(join(this.path, descriptionFile), { force: true });
      await syncFolder(this.path);
    } catch (error) {
      throw error instanceof MobileNetError ? error : writeError(this.#out, error);
    }
  }

  /** Begins the job, in place of what there was: its list of inputs is saved by now, if it has one. Throws ERR_WRITE. */
  async begin(description: JobDescription): Promise<void> {
    await this.#clear();
    this.#log = await RowLog.create(this.path);
    const path = join(this.path, descriptionFile);
    try {
      if (await exists(this.newManifestPath)) {
        await rename(this.newManifestPath, this.manifestPath);
      }
      await writeFile(`${path}.part`, `${JSON.stringify(description, null, 2)}\n`, { flush: true });
      await rename(`${path}.part`, path);
    } catch (error) {
      throw writeError(path, error);
    }
    await syncFolder(this.path);
    await syncFolderOf(this.path);
  }

  /**
   * Goes on with the job. Throws ERR_JOB_CHANGED, saying all that differs, unless it is the one that was begun; ERR_JOB_CORRUPT, ERR_WRITE.
   *
   * @param inputsDifference of its list of inputs, where they differ
   */
  async resume(description: JobDescription, inputsDifference?: string): Promise<void> {
    const differences = this.saved ? jobDifferences(this.saved, description) : [];
    if (inputsDifference !== undefined) {
      differences.push(inputsDifference);
    }
    if (differences.length > 0) {
      const message = `the job for '${this.#out}' is another one than was begun:\n  ${differences.join('\n  ')}`;
      throw new MobileNetError('ERR_JOB_CHANGED', message);
    }
    this.#log = await RowLog.reopen(this.path);
  }

  /** All rows so far are on disk to stay. Throws ERR_WRITE, and ERR_JOB_BUSY when another process has taken the job over. */
  async checkpoint(): Promise<void> {
    await this.#lock.assertHeld();
    await this.log.checkpoint();
  }

  /**
   * Puts the output in its place and removes the state. Throws ERR_WRITE; then the job can be resumed, and this is what is left to do.
   *
   * @param convert writes the output from the file of rows; absent where the rows are the output
   */
  async finish(convert?: (rows: string, output: string) => Promise<void>): Promise<void> {
    await this.checkpoint();
    const rows = rowsPath(this.path);
    let output = rows;
    try {
      if (convert) {
        output = join(this.path, 'output.part');
        await convert(rows, output);
      }
      await rename(output, this.#out);
      await syncFolderOf(this.#out);
      await syncFolder(this.path);
    } catch (error) {
      throw error instanceof MobileNetError ? error : writeError(this.#out, error);
    }
    await this.log.close();
    // Not needed for the output to count: what cannot be removed now goes with the next job of that name.
    await rm(this.path, { recursive: true, force: true }).catch(() => {});
    await this.#lock.release();
  }

  /** Lets go of the job; its state stays, for another process to go on with. Of one that never began nothing stays. Never fails. */
  async close(): Promise<void> {
    await this.#log?.close();
    await rm(this.newManifestPath, { force: true }).catch(() => {});
    if (!this.#log && !(await exists(join(this.path, descriptionFile)))) {
      await rm(this.path, { recursive: true, force: true }).catch(() => {});
    }
    await this.#lock.release();
  }
}
