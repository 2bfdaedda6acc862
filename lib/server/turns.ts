import { Limiter } from '../limiter';
import { RequestError } from './errors';

/** Lets so many pictures be in work at a time, and so many wait; who comes beyond that is sent away at once. */
export class Turns {
  readonly #limiter: Limiter;
  readonly #most: number;
  #inside = 0;

  constructor(atOnce: number, maxWaiting: number) {
    this.#limiter = new Limiter(atOnce);
    this.#most = atOnce + maxWaiting;
  }

  /** Pictures in work or waiting. */
  get inside(): number {
    return this.#inside;
  }

  /** Throws ERR_BUSY where nobody else may wait. */
  check(): void {
    if (this.#inside >= this.#most) {
      throw new RequestError('ERR_BUSY', 'the server has as many pictures waiting as it may; try again in a moment');
    }
  }

  /** @throws {RequestError} ERR_BUSY; what `work` throws; the signal's reason */
  async take<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    this.check();
    this.#inside++;
    try {
      const leave = await this.#limiter.acquire(signal);
      try {
        return await work();
      } finally {
        leave();
      }
    } finally {
      this.#inside--;
    }
  }
}
