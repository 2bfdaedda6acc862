import { MobileNetError } from '../../errors';
import type { OpenPictureRunner, PictureRunner } from '../picture-runner';
import type { JobSpec } from '../spec';
import type { QueueJob } from './queue-job';

/** Models kept loaded for chunks of the jobs that are worked on in turns. */
const mostRunners = 2;

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
   * Has something done with the runner for a job. Throws ERR_JOB_CHANGED where the model of that name is another one here, and what loading it
   * throws.
   */
  async use<T>({ spec, model }: Pick<QueueJob, 'spec' | 'model'>, work: (runner: PictureRunner) => Promise<T>): Promise<T> {
    const entry = this.#entry(spec);
    entry.users++;
    try {
      const runner = await entry.runner;
      if (runner.modelHash !== model) {
        const message = `the model '${spec.model}' is another one here than where the job was submitted`;
        throw new MobileNetError('ERR_JOB_CHANGED', message);
      }
      return await work(runner);
    } finally {
      entry.users--;
      await this.#shrink();
    }
  }

  #entry(spec: JobSpec): Entry {
    const key = JSON.stringify(spec);
    const known = this.#entries.get(key);
    const entry = known ?? { runner: this.#open({ ...spec, ...this.#own }), users: 0 };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (!known) {
      // The next chunk tries anew.
      entry.runner.catch(() => this.#entries.delete(key));
    }
    return entry;
  }

  async #shrink(): Promise<void> {
    for (const [key, { runner, users }] of this.#entries) {
      if (this.#entries.size <= mostRunners) {
        return;
      }
      if (users === 0) {
        this.#entries.delete(key);
        await (await runner).dispose();
      }
    }
  }

  async dispose(): Promise<void> {
    const runners = [...this.#entries.values()].map(({ runner }) => runner);
    this.#entries.clear();
    await Promise.all(runners.map((runner) => runner.then((each) => each.dispose()).catch(() => {})));
  }
}
