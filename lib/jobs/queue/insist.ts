import { setTimeout as sleep } from 'node:timers/promises';

export interface InsistOptions {
  /** Told once when Redis begins to refuse, in its own words. */
  onRefusal?: (reason: string) => void;
  signal?: AbortSignal;
}

/** Milliseconds between two attempts. */
export const refusalPause = 1000;

/**
 * What Redis answers while it writes nothing and may later: its memory or its disk is full, it is another's replica, not yet loaded, short of
 * replicas, busy with a script. Answers of scripts carry these words behind others.
 */
const refusals = /\b(OOM command not allowed|MISCONF|READONLY|LOADING|MASTERDOWN|NOREPLICAS|CLUSTERDOWN|BUSY) /;

/** Whether it is an answer of Redis, and not trouble with the connection. */
export function isAnswer(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** Whether Redis refuses for now. */
export function isRefusal(error: unknown): error is Error {
  return isAnswer(error) && refusals.test(error.message);
}

export const refusalText = (reason: string) => `Redis takes nothing for now: ${reason}`;

/** Writes to a Redis that refuses now and then, until it takes them. */
export class Insistence {
  readonly #options: InsistOptions;
  #refused = false;

  constructor(options: InsistOptions = {}) {
    this.#options = options;
  }

  /** Rejects with what else goes wrong; on abort, with the signal's reason. */
  async write<T>(work: () => Promise<T>): Promise<T> {
    const { onRefusal, signal } = this.#options;
    for (;;) {
      try {
        const result = await work();
        this.#refused = false;
        return result;
      } catch (error) {
        if (!isRefusal(error)) {
          throw error;
        }
        if (!this.#refused) {
          this.#refused = true;
          onRefusal?.(error.message);
        }
        await sleep(refusalPause, undefined, { signal }).catch(() => {});
        signal?.throwIfAborted();
      }
    }
  }
}
