import { MobileNetError } from '../../errors';
import { version } from '../../version';
import type { OpenPictureRunner, PictureRunner } from '../picture-runner';
import type { JobSpec } from '../spec';
import type { QueueJob } from './queue-job';

/** Models kept loaded for chunks of the jobs that are worked on in turns. */
const mostRunners = 2;

/** This machine cannot do the job at all, whichever chunk it takes: the model does not load, or is another one. */
export class UnfitError extends Error {
  constructor(readonly reason: unknown) {
    super('this machine cannot do the job');
  }
}

interface Entry {
  runner: Promise<PictureRunner>;
  users: number;
}

/** The loaded models of a worker, one for each kind of job it meets. */
export class RunnerCache {
  readonly #open: OpenPictureRunner;
  /** Of this machine, whatever the job says. */
  readonly #own: Partial<JobSpec>;
  /** The one used last is the last. */
  readonly #entries = new Map<string, Entry>();

  constructor(open: OpenPictureRunner, own: Partial<JobSpec>) {
    this.#open = open;
    this.#own = own;
  }

  /**
   * Has something done with the runner for a job. Rejects with what the work throws; the next one gets a new runner then, lest something in the
   * old one is broken. Throws UnfitError with what loading throws, or with ERR_JOB_CHANGED where this package, or the model of that name, is another one here.
   */
  async use<T>(job: Pick<QueueJob, 'spec' | 'model' | 'version'>, work: (runner: PictureRunner) => Promise<T>): Promise<T> {
    const key = JSON.stringify(job.spec);
    const entry = this.#entry(key, job.spec);
    entry.users++;
    try {
      const runner = await this.#opened(entry, job);
      return await work(runner);
    } catch (error) {
      if (this.#entries.get(key) === entry) {
        this.#entries.delete(key);
      }
      throw error;
    } finally {
      entry.users--;
      if (entry.users === 0 && this.#entries.get(key) !== entry) {
        await disposed(entry);
      }
      await this.#shrink();
    }
  }

  #entry(key: string, spec: JobSpec): Entry {
    const entry = this.#entries.get(key) ?? { runner: this.#open({ ...spec, ...this.#own }), users: 0 };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  async #opened(
    { runner }: Entry,
    { spec, model, version: submitted }: Pick<QueueJob, 'spec' | 'model' | 'version'>,
  ): Promise<PictureRunner> {
    if (submitted !== version) {
      const message = `the job was submitted by version ${submitted} of this package, and this is ${version}: rows could differ`;
      throw new UnfitError(new MobileNetError('ERR_JOB_CHANGED', message));
    }
    let opened: PictureRunner;
    try {
      opened = await runner;
    } catch (error) {
      throw new UnfitError(error);
    }
    if (opened.modelHash !== model) {
      const message = `the model '${spec.model}' is another one here than where the job was submitted`;
      throw new UnfitError(new MobileNetError('ERR_JOB_CHANGED', message));
    }
    return opened;
  }

  async #shrink(): Promise<void> {
    for (const [key, entry] of this.#entries) {
      if (this.#entries.size <= mostRunners) {
        return;
      }
      if (entry.users === 0) {
        this.#entries.delete(key);
        await disposed(entry);
      }
    }
  }

  async dispose(): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.all(entries.map(disposed));
  }
}

/** One that did not open, or fails to close, is gone as well. */
async function disposed({ runner }: Entry): Promise<void> {
  await runner.then((opened) => opened.dispose()).catch(() => {});
}
