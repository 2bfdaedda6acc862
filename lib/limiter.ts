interface Waiting {
  places: number;
  enter(): void;
}

/** Gives places back, all or all but `kept`. Safe to call again: what is back already stays back. */
export type Release = (kept?: number) => void;

/** Gives out a bounded number of places at a time, one or several to each holder, in the order they came. */
export class Limiter {
  #free: number;
  readonly #waiting: Waiting[] = [];

  constructor(readonly limit: number) {
    this.#free = limit;
  }

  /**
   * Resolves to the function that gives the places back. Rejects with the signal's reason on abort.
   *
   * @param wanted places; who wants more than there are gets all, and is alone. Default 1
   */
  async acquire(signal?: AbortSignal, wanted = 1): Promise<Release> {
    signal?.throwIfAborted();
    const places = Math.min(wanted, this.limit);
    if (this.#waiting.length === 0 && this.#free >= places) {
      this.#free -= places;
    } else {
      await this.#turn(places, signal);
    }
    if (signal?.aborted) {
      // The places were handed over in the very moment of the abort.
      this.#release(places);
      throw signal.reason;
    }
    return this.#releaser(places);
  }

  /** Waits in line for its places. */
  #turn(places: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        places,
        enter: () => {
          signal?.removeEventListener('abort', leaveLine);
          resolve();
        },
      };
      const leaveLine = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal?.reason);
        // Those behind it may want fewer.
        this.#release(0);
      };
      signal?.addEventListener('abort', leaveLine, { once: true });
      this.#waiting.push(waiting);
    });
  }

  #releaser(places: number): Release {
    let held = places;
    return (kept = 0) => {
      if (kept < held) {
        const freed = held - kept;
        held = kept;
        this.#release(freed);
      }
    };
  }

  #release(places: number): void {
    this.#free += places;
    for (let next = this.#waiting[0]; next && next.places <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= next.places;
      next.enter();
    }
  }
}
