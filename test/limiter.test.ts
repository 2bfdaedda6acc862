import { setImmediate } from 'node:timers/promises';
import { Limiter } from '../lib/limiter';

test('lets holders in up to the limit, the others in order', async () => {
  const limiter = new Limiter(2);
  const order: number[] = [];
  const releases: (() => void)[] = [];
  for (let i = 0; i < 5; i++) {
    void limiter.acquire().then((release) => {
      order.push(i);
      releases.push(release);
    });
  }
  await setImmediate();
  expect(order).toEqual([0, 1]);
  releases[0]?.();
  releases[0]?.();
  await setImmediate();
  expect(order).toEqual([0, 1, 2]);
  releases[1]?.();
  releases[2]?.();
  await setImmediate();
  expect(order).toEqual([0, 1, 2, 3, 4]);
});

test('an abort in the line, or in the moment of the turn, loses no place', async () => {
  const limiter = new Limiter(1);
  const release = await limiter.acquire();
  const inLine = new AbortController();
  const atTurn = new AbortController();
  const first = limiter.acquire(inLine.signal);
  const second = limiter.acquire(atTurn.signal);
  inLine.abort();
  await expect(first).rejects.toBe(inLine.signal.reason);
  release();
  atTurn.abort();
  await expect(second).rejects.toBe(atTurn.signal.reason);
  await expect(limiter.acquire()).resolves.toBeInstanceOf(Function);
});

test('holders of several places wait for all of them, and are not overtaken', async () => {
  const limiter = new Limiter(10);
  const order: string[] = [];
  const enter = (name: string, places: number, signal?: AbortSignal) =>
    limiter.acquire(signal, places).then((release) => {
      order.push(name);
      return release;
    });
  const six = await enter('six', 6);
  const leaving = new AbortController();
  const five = enter('five', 5, leaving.signal);
  const hundred = enter('hundred', 100);
  const one = enter('one', 1);
  await setImmediate();
  expect(order).toEqual(['six']);
  leaving.abort(new Error('left'));
  await expect(five).rejects.toThrow('left');
  await setImmediate();
  expect(order).toEqual(['six']);
  six();
  const releaseHundred = await hundred;
  await setImmediate();
  expect(order).toEqual(['six', 'hundred']);
  releaseHundred();
  (await one)();
  await expect(limiter.acquire(undefined, 10)).resolves.toBeInstanceOf(Function);
});

test('who leaves the line lets those behind it in', async () => {
  const limiter = new Limiter(4);
  const release = await limiter.acquire(undefined, 3);
  const leaving = new AbortController();
  const large = limiter.acquire(leaving.signal, 4);
  const small = limiter.acquire();
  leaving.abort(new Error('left'));
  await expect(large).rejects.toThrow('left');
  (await small)();
  release();
});

test('a holder gives some of its places back before the others', async () => {
  const limiter = new Limiter(10);
  const release = await limiter.acquire(undefined, 10);
  const entered: number[] = [];
  for (const places of [6, 4]) {
    void limiter.acquire(undefined, places).then(() => entered.push(places));
  }
  release(5);
  await setImmediate();
  expect(entered).toEqual([]);
  release(4);
  release(4);
  release(9);
  await setImmediate();
  expect(entered).toEqual([6]);
  release();
  release();
  await setImmediate();
  expect(entered).toEqual([6, 4]);
});
