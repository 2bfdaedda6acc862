import { isPromise } from 'node:util/types';
import { abortable } from './abort';

/** Whatever can be iterated over with `for await`. */
export type Source<T> = AsyncIterable<T> | Iterable<T | PromiseLike<T>>;

/** Promises in an array may reject before it is their turn, or never get it: that must not end the process. */
function hearOut<T>(source: Source<T>): void {
  for (const item of Array.isArray(source) ? (source as unknown[]) : []) {
    if (isPromise(item)) {
      item.catch(() => {});
    }
  }
}

/**
 * The items of a source one by one, as `for await` takes them, but for a source that is left while it still owes one: `close` does not wait for
 * what may never come, and whether that fails, later, is nobody's business.
 */
export class SourceReader<T> {
  readonly #iterator: AsyncIterator<T> | Iterator<T | PromiseLike<T>>;
  #owes = false;
  #ended = false;

  constructor(source: Source<T>) {
    hearOut(source);
    this.#iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }

  /**
   * The next item; one at a time may be asked for. Rejects with what the source throws; on abort, at once, with the signal's reason.
   */
  next(signal?: AbortSignal): Promise<IteratorResult<T, undefined>> {
    return signal?.aborted ? Promise.reject(signal.reason) : abortable(this.#ask(), signal);
  }

  async #ask(): Promise<IteratorResult<T, undefined>> {
    this.#owes = true;
    try {
      const next = await this.#answer();
      if (next.done) {
        this.#ended = true;
        return { done: true, value: undefined };
      }
      // What fails here is an item, and not the source: that is still to be closed.
      return { done: false, value: await next.value };
    } finally {
      this.#owes = false;
    }
  }

  /** Of the source itself, which has ended where it fails. */
  async #answer(): Promise<IteratorResult<T | PromiseLike<T>>> {
    try {
      return await this.#iterator.next();
    } catch (error) {
      this.#ended = true;
      throw error;
    }
  }

  /** Closes a source that has not ended. Rejects with what that throws, unless the source still owes an item. */
  async close(): Promise<void> {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    const closed = this.#return();
    if (this.#owes) {
      closed.catch(() => {});
    } else {
      await closed;
    }
  }

  async #return(): Promise<void> {
    await this.#iterator.return?.();
  }
}

/**
 * Like `for await` over the source, but on abort it throws the signal's reason at once, even while an item is awaited that may never come. The
 * source is closed in any case, as far as it lets itself be; what goes wrong with that does not hide what went wrong before.
 */
export async function* itemsUntilAbort<T>(source: Source<T>, signal?: AbortSignal): AsyncGenerator<T, void, undefined> {
  const reader = new SourceReader(source);
  try {
    for (let next = await reader.next(signal); !next.done; next = await reader.next(signal)) {
      yield next.value;
    }
  } catch (error) {
    await reader.close().catch(() => {});
    throw error;
  } finally {
    await reader.close();
  }
}
