import type { DamagedRecordError } from './job-record';

/** Jobs that are remembered to have been told of: after so many it begins anew. */
const mostJobs = 1000;

/** Tells once that the record of a job is damaged, and not at each of its chunks. */
export class DamageNotes {
  readonly #say: (text: string) => void;
  readonly #told = new Set<string>();

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  tell({ job, message, code }: DamagedRecordError): void {
    if (this.#told.has(job)) {
      return;
    }
    if (this.#told.size >= mostJobs) {
      this.#told.clear();
    }
    this.#told.add(job);
    this.#say(`${message} (${code}): its chunks stay in the queue, and other jobs are gone on with`);
  }

  /** It is whole again: should it be damaged once more, that is news. */
  forget(job: string): void {
    this.#told.delete(job);
  }
}
