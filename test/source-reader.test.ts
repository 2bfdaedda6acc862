import { setImmediate as turn } from 'node:timers/promises';
import { itemsUntilAbort, SourceReader } from '../lib/source-reader';

/** A source whose answers the test gives, and which notes that it was closed. */
class Given implements AsyncIterableIterator<number> {
  readonly answers: { resolve(value: IteratorResult<number>): void; reject(error: unknown): void }[] = [];
  closed = 0;
  onReturn: () => Promise<IteratorResult<number>> = async () => ({ done: true, value: undefined });

  [Symbol.asyncIterator]() {
    return this;
  }
  next() {
    return new Promise<IteratorResult<number>>((resolve, reject) => this.answers.push({ resolve, reject }));
  }
  return() {
    this.closed++;
    return this.onReturn();
  }
  give(value: number) {
    this.answers.shift()?.resolve({ done: false, value });
  }
}

// Jest fails a test that leaves a rejection unhandled, if it is there to see it.
afterEach(async () => {
  await turn();
  await turn();
});

test('items of any source, each awaited', async () => {
  const take = async <T>(items: AsyncIterable<T>) => {
    const taken: T[] = [];
    for await (const item of items) {
      taken.push(item);
    }
    return taken;
  };
  async function* three() {
    yield* [1, 2, 3];
  }
  expect(await take(itemsUntilAbort(three()))).toEqual([1, 2, 3]);
  expect(await take(itemsUntilAbort([1, Promise.resolve(2), 3]))).toEqual([1, 2, 3]);
  expect(await take(itemsUntilAbort([], new AbortController().signal))).toEqual([]);
});

test('a promise in an array that rejects before its turn fails when it is its turn, and not the process', async () => {
  const failure = new Error('failed early');
  const source = [Promise.resolve(1), Promise.reject(failure), Promise.reject(new Error('never asked for'))];
  const items = itemsUntilAbort(source);
  await turn();
  expect(await items.next()).toEqual({ done: false, value: 1 });
  await turn();
  await expect(items.next()).rejects.toBe(failure);
});

test('an abort ends it at once and closes the source; what the source says later is heard by nobody', async () => {
  for (const late of ['item', 'error', 'end'] as const) {
    const source = new Given();
    source.onReturn = () => Promise.reject(new Error('cannot be closed'));
    const stopping = new AbortController();
    const items = itemsUntilAbort(source, stopping.signal);
    const pending = items.next();
    await turn();
    const reason = new Error('enough');
    stopping.abort(reason);
    await expect(pending).rejects.toBe(reason);
    expect(source.closed).toBe(1);
    const [answer] = source.answers;
    if (late === 'error') {
      answer?.reject(new Error('too late'));
    } else {
      answer?.resolve({ done: late === 'end', value: 1 });
    }
    await turn();
    expect(await items.next()).toEqual({ done: true, value: undefined });
    expect(source.closed).toBe(1);
  }
});

test('aborted before, the source is not asked', async () => {
  const source = new Given();
  const reason = new Error('enough');
  await expect(itemsUntilAbort(source, AbortSignal.abort(reason)).next()).rejects.toBe(reason);
  expect([source.answers.length, source.closed]).toEqual([0, 1]);
});

test('left between two items, the source is closed, waited for and its error told', async () => {
  const source = new Given();
  const items = itemsUntilAbort(source);
  const first = items.next();
  source.give(1);
  expect(await first).toEqual({ done: false, value: 1 });
  let isClosed = false;
  source.onReturn = async () => {
    await turn();
    isClosed = true;
    throw new Error('cannot be closed');
  };
  await expect(items.return()).rejects.toThrow('cannot be closed');
  expect(isClosed).toBe(true);
});

test('what went wrong first is what is told', async () => {
  const source = new Given();
  const stopping = new AbortController();
  const items = itemsUntilAbort(source, stopping.signal);
  const first = items.next();
  source.give(1);
  await first;
  source.onReturn = () => {
    throw new Error('cannot be closed');
  };
  stopping.abort(new Error('enough'));
  await expect(items.next()).rejects.toThrow('enough');
  expect(source.closed).toBe(1);
});

test('a source that has ended or failed is not closed; one of whose items failed is', async () => {
  const failed = new Given();
  const failing = itemsUntilAbort(failed).next();
  failed.answers[0]?.reject(new Error('no more'));
  await expect(failing).rejects.toThrow('no more');
  expect(failed.closed).toBe(0);
  const ended = new Given();
  const ending = itemsUntilAbort(ended).next();
  ended.answers[0]?.resolve({ done: true, value: undefined });
  await ending;
  expect(ended.closed).toBe(0);
  let closed = 0;
  function* promises() {
    try {
      yield Promise.reject(new Error('this one'));
    } finally {
      closed++;
    }
  }
  await expect(itemsUntilAbort<number>(promises()).next()).rejects.toThrow('this one');
  expect(closed).toBe(1);
});

test('closing twice closes once, one that owes an item is not waited for', async () => {
  const source = new Given();
  source.onReturn = () => new Promise(() => {});
  const reader = new SourceReader(source);
  void reader.next();
  await Promise.all([reader.close(), reader.close()]);
  expect(source.closed).toBe(1);
});
