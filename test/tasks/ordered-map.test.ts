import { setImmediate, setTimeout } from 'node:timers/promises';
import { orderedMap } from '../../lib/tasks/ordered-map';

async function* count(to: number, closed: string[] = []) {
  try {
    for (let i = 0; i < to; i++) {
      yield i;
    }
  } finally {
    closed.push('closed');
  }
}

async function collect<T>(results: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const result of results) {
    all.push(result);
  }
  return all;
}

/** Work that ends when it is told to, or on abort. */
function gatedWork() {
  const started: number[] = [];
  const aborted: number[] = [];
  const gates = new Map<number, () => void>();
  const work = (item: number, signal: AbortSignal) =>
    new Promise<number>((resolve, reject) => {
      started.push(item);
      gates.set(item, () => resolve(item * 10));
      signal.addEventListener('abort', () => {
        aborted.push(item);
        reject(signal.reason);
      });
    });
  return { started, aborted, work, finish: (item: number) => gates.get(item)?.() };
}

test('keeps the order, whatever ends first', async () => {
  const work = async (item: number) => {
    await setTimeout((7 - (item % 7)) * 3);
    return item * 10;
  };
  const expected = Array.from({ length: 20 }, (_, i) => i * 10);
  expect(await collect(orderedMap(count(20), work, { concurrency: 4 }))).toEqual(expected);
  const promises = Array.from({ length: 20 }, async (_, i) => i);
  expect(await collect(orderedMap(promises, work, { concurrency: 30 }))).toEqual(expected);
  expect(await collect(orderedMap([], work, { concurrency: 1 }))).toEqual([]);
});

test('takes no more from the source than it may have out', async () => {
  const { started, work, finish } = gatedWork();
  const results = orderedMap(count(100), work, { concurrency: 3 });
  await setImmediate();
  expect(started).toEqual([]);
  const first = results.next();
  await setImmediate();
  expect(started).toEqual([0, 1, 2]);
  finish(1);
  finish(2);
  await setImmediate();
  expect(started).toEqual([0, 1, 2]);
  finish(0);
  expect(await first).toEqual({ done: false, value: 0 });
  await setImmediate();
  expect(started).toEqual([0, 1, 2, 3]);
  await results.return();
});

test('hands out what is done while the source is slow', async () => {
  async function* slow() {
    yield 1;
    await setTimeout(60_000, undefined, { ref: false });
    yield 2;
  }
  const results = orderedMap(slow(), async (item) => item, { concurrency: 5 });
  expect(await results.next()).toEqual({ done: false, value: 1 });
});

test('an error is thrown at its place; the rest is aborted and the source closed', async () => {
  const closed: string[] = [];
  const aborted: number[] = [];
  const work = async (item: number, signal: AbortSignal) => {
    if (item === 2) {
      throw new Error('item 2');
    }
    if (item > 2) {
      await setTimeout(60_000, undefined, { signal }).catch(() => aborted.push(item));
    }
    return item;
  };
  const seen: number[] = [];
  const reading = (async () => {
    for await (const result of orderedMap(count(9, closed), work, { concurrency: 4 })) {
      seen.push(result);
    }
  })();
  await expect(reading).rejects.toThrow('item 2');
  expect(seen).toEqual([0, 1]);
  expect(aborted.length).toBeGreaterThan(0);
  expect(closed).toEqual(['closed']);
});

test('an error of the source comes after the results before it', async () => {
  async function* failing() {
    yield 1;
    yield 2;
    throw new Error('no more');
  }
  const seen: number[] = [];
  const reading = (async () => {
    for await (const result of orderedMap(failing(), async (item) => item, { concurrency: 5 })) {
      seen.push(result);
    }
  })();
  await expect(reading).rejects.toThrow('no more');
  expect(seen).toEqual([1, 2]);
});

test('leaving the loop early aborts, awaits and closes', async () => {
  const closed: string[] = [];
  const { aborted, work, finish } = gatedWork();
  const results = orderedMap(count(9, closed), work, { concurrency: 3 });
  const opening = setImmediate().then(() => finish(0));
  for await (const result of results) {
    expect(result).toBe(0);
    break;
  }
  await opening;
  expect(aborted).toEqual(expect.arrayContaining([1, 2]));
  expect(closed).toEqual(['closed']);
  expect(await results.next()).toEqual({ done: true, value: undefined });
});

test('return() during next() ends both at once', async () => {
  const { aborted, work } = gatedWork();
  const results = orderedMap(count(9), work, { concurrency: 2 });
  const pending = results.next();
  await setImmediate();
  await results.return();
  expect(await pending).toEqual({ done: true, value: undefined });
  expect(aborted).toEqual([0, 1]);
});

test('return() does not wait for a source that never answers', async () => {
  const silent = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<number>>(() => {}) }) };
  const results = orderedMap(silent, async (item) => item, { concurrency: 2 });
  const pending = results.next();
  await results.return();
  expect(await pending).toEqual({ done: true, value: undefined });
});

test('what went wrong first is told, whatever goes wrong with closing the source', async () => {
  const source = {
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ done: false as const, value: 1 }),
      return: () => Promise.reject(new Error('cannot be closed')),
    }),
  };
  const failing = orderedMap(source, () => Promise.reject(new Error('no work')), { concurrency: 1 });
  await expect(failing.next()).rejects.toThrow('no work');
  const results = orderedMap(source, async (item) => item, { concurrency: 1 });
  await results.next();
  await expect(results.return()).rejects.toThrow('cannot be closed');
});

test('a source one of whose promises fails is closed', async () => {
  const closed: string[] = [];
  function* promises() {
    try {
      yield Promise.reject(new Error('this one'));
    } finally {
      closed.push('closed');
    }
  }
  await expect(orderedMap(promises(), async (item) => item, { concurrency: 2 }).next()).rejects.toThrow('this one');
  expect(closed).toEqual(['closed']);
});

test('a source that fails after the end is heard by nobody', async () => {
  let fail = (_: Error) => {};
  const source = {
    [Symbol.asyncIterator]: () => ({
      next: () =>
        new Promise<IteratorResult<number>>((_, reject) => {
          fail = reject;
        }),
      return: () => Promise.reject(new Error('cannot be closed')),
    }),
  };
  const results = orderedMap(source, async (item) => item, { concurrency: 2 });
  const pending = results.next();
  await results.return();
  expect(await pending).toEqual({ done: true, value: undefined });
  fail(new Error('too late'));
  await setImmediate(); // Jest fails a test that leaves a rejection unhandled
});

test('a signal aborts with its reason, before and during', async () => {
  const reason = new Error('enough');
  const { work } = gatedWork();
  await expect(orderedMap(count(9), work, { concurrency: 2, signal: AbortSignal.abort(reason) }).next()).rejects.toBe(reason);
  const controller = new AbortController();
  const results = orderedMap(count(9), work, { concurrency: 2, signal: controller.signal });
  const pending = results.next();
  await setImmediate();
  controller.abort(reason);
  await expect(pending).rejects.toBe(reason);
});
