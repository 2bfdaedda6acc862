import { setMaxListeners } from 'node:events';
import { abortable } from '../abort';
import { type Source, SourceReader } from '../source-reader';

export interface OrderedMapOptions {
  /** Items taken from the source whose results have not been handed out yet, at most. */
  concurrency: number;
  signal?: AbortSignal;
}

type Outcome<R> = { value: R } | { error: unknown };

/**
 * Runs `work` on the items of `source`, several at a time, and hands the results out in the order of the items.
 *
 * - At most `concurrency` items are out at a time, so a slow consumer holds the source back.
 * - What `work` throws is thrown at its item's place in the order; so is an error of the source itself.
 * - However the iteration ends, the signal given to `work` aborts, running work is awaited and the source is closed.
 *   `return()` does so at once, even while a `next()` is pending, which then is done.
 */
export function orderedMap<T, R>(
  source: Source<T>,
  work: (item: T, signal: AbortSignal) => Promise<R>,
  options: OrderedMapOptions,
): AsyncGenerator<R, void, undefined> {
  const run = new OrderedRun(source, work, options);
  const results = run.results();
  return {
    next: () => results.next(),
    return: () => {
      run.close();
      return results.return();
    },
    throw: (error) => {
      run.close();
      return results.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    async [Symbol.asyncDispose]() {
      await this.return();
    },
  };
}

class OrderedRun<T, R> {
  readonly #source: Source<T>;
  readonly #work: (item: T, signal: AbortSignal) => Promise<R>;
  readonly #concurrency: number;
  readonly #closing = new AbortController();
  readonly #signal: AbortSignal;
  #reader: SourceReader<T> | undefined;
  /** Outcomes of the items that are out, in order. They never reject. */
  readonly #out: Promise<Outcome<R>>[] = [];
  /** Settles when the source has answered; while it is set, nobody asks again. */
  #pull: Promise<void> | undefined;
  #sourceEnded = false;
  #sourceError: { error: unknown } | undefined;

  constructor(source: Source<T>, work: (item: T, signal: AbortSignal) => Promise<R>, { concurrency, signal }: OrderedMapOptions) {
    this.#source = source;
    this.#work = work;
    this.#concurrency = concurrency;
    this.#signal = signal ? AbortSignal.any([signal, this.#closing.signal]) : this.#closing.signal;
    setMaxListeners(0, this.#signal);
  }

  /** Stops all work; the results end. */
  close(): void {
    this.#closing.abort();
  }

  async *results(): AsyncGenerator<R, void, undefined> {
    try {
      this.#signal.throwIfAborted();
      this.#reader = new SourceReader(this.#source);
      for (;;) {
        this.#fill();
        const head = this.#out[0];
        if (head) {
          const outcome = await head;
          this.#out.shift();
          if ('error' in outcome) {
            throw outcome.error;
          }
          this.#signal.throwIfAborted();
          this.#fill();
          yield outcome.value;
          this.#signal.throwIfAborted();
        } else if (this.#pull) {
          await abortable(this.#pull, this.#signal);
        } else {
          break;
        }
      }
      if (this.#sourceError) {
        throw this.#sourceError.error;
      }
    } catch (error) {
      if (!this.#closing.signal.aborted) {
        await this.#end().catch(() => {}); // what went wrong first is what is told
        throw error;
      }
    } finally {
      await this.#end();
    }
  }

  /** A source that still owes an item is not waited for: it may never come. */
  async #end(): Promise<void> {
    this.close();
    await Promise.all(this.#out);
    await this.#reader?.close();
  }

  /** Asks the source for the next item while there is room. */
  #fill(): void {
    if (this.#pull || this.#sourceEnded || this.#signal.aborted || this.#out.length >= this.#concurrency) {
      return;
    }
    this.#pull = this.#takeOne().finally(() => {
      this.#pull = undefined;
      this.#fill();
    });
  }

  async #takeOne(): Promise<void> {
    try {
      const next = await this.#reader?.next();
      if (!next || next.done) {
        this.#sourceEnded = true;
      } else if (!this.#signal.aborted) {
        this.#out.push(this.#start(next.value));
      }
    } catch (error) {
      this.#sourceEnded = true;
      this.#sourceError = { error };
    }
  }

  async #start(item: T): Promise<Outcome<R>> {
    try {
      return { value: await this.#work(item, this.#signal) };
    } catch (error) {
      return { error };
    }
  }
}
