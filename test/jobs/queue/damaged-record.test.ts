import { setTimeout as sleep } from 'node:timers/promises';
import { collectRows } from '../../../lib/jobs/queue/collect';
import { queueStatus } from '../../../lib/jobs/queue/status';
import { workOnQueue } from '../../../lib/jobs/queue/work';
import { FakeRunner } from './fake-runner';
import {
  expectedLines,
  imageNames,
  MemorySink,
  never,
  redis,
  server,
  store,
  submit,
  until,
  withRedis,
  workHere,
} from './queue-of-each-test';

const key = (...parts: string[]) => [server.address.prefix, 'job', ...parts].join(':');
const entry = (job: string, chunk: number) => `${server.address.prefix}:chunks:${job}-${chunk}`;
/** How many times a chunk was begun, the milliseconds it waits, and since when, if it does. */
const waitingScript = `
return {redis.call('HGET', KEYS[1], 'ats'), redis.call('HGET', KEYS[1], 'delay'), redis.call('ZSCORE', KEYS[2], ARGV[1])}`;
const message = "the queue's record of the job 'broken' is damaged";
const damage = { code: 'ERR_QUEUE', message };

/** Damages the record of the job `broken` in one of the ways that are; returns what makes it whole again. */
async function damageRecord(way: 'no JSON' | 'no task' | 'no count' | 'no hash'): Promise<() => Promise<unknown>> {
  const record = key('broken');
  const before = await redis.hgetall(record);
  if (way === 'no hash') {
    await redis.set(record, 'text');
  } else if (way === 'no task') {
    await redis.hset(record, { job: before.job?.replace('"classify"', '"clasify"') });
  } else {
    await redis.hset(record, way === 'no JSON' ? { job: '{' } : { done: 'many' });
  }
  return () => redis.multi().del(record).hset(record, before).exec();
}

withRedis('a job whose record is damaged', () => {
  test.each(['no JSON', 'no task', 'no count', 'no hash'] as const)('costs nothing else: %s', async (way) => {
    const names = imageNames(30);
    await submit(names, { job: 'broken' });
    await submit(names);
    const repair = await damageRecord(way);

    const status = await queueStatus(redis, server.address);
    expect(status.jobs).toMatchObject([{ name: 'job', images: 30 }]);
    expect(status.damaged).toEqual([{ name: 'broken', error: damage }]);
    expect((await queueStatus(redis, server.address, 'job')).damaged).toEqual([]);
    expect(await queueStatus(redis, server.address, 'broken')).toMatchObject({ jobs: [], damaged: [{ name: 'broken' }] });

    const said: string[] = [];
    const summary = await workHere(0, { say: (text) => said.push(text) });
    expect(summary).toEqual({ images: 30, failed: 0, chunks: 3, damaged: ['broken'] });
    expect(said).toEqual([`${message} (ERR_QUEUE): its chunks stay in the queue, and other jobs are gone on with`]);

    await repair();
    expect(await store.missing('broken', 0, 3)).toEqual([]);
    // A damaged record is no failure of a chunk's own, after which pictures would be tried one by one and given up.
    expect(await Promise.all([0, 1, 2].map((chunk) => store.tries('broken', chunk)))).toEqual(
      Array(3).fill({ begun: 0, failed: 0 }),
    );
    expect(await workHere()).toEqual({ images: 30, failed: 0, chunks: 3, damaged: [] });
    const sink = new MemorySink();
    await collectRows(redis, server.address, { job: 'broken', sink, signal: never });
    expect(sink.lines).toEqual(expectedLines(names));
  });

  test('has its chunks tried at longer and longer intervals, told of once, until it is whole', async () => {
    await submit(imageNames(10), { job: 'broken' });
    const repair = await damageRecord('no JSON');
    const said: string[] = [];
    const stopping = new AbortController();
    const working = workOnQueue(server.connect(), server.connect(), server.address, {
      ...{ open: async () => new FakeRunner(0), own: {}, lockDuration: 1500, signal: stopping.signal },
      say: (text) => said.push(text),
    });
    const delays: number[] = [];
    const delayed = `${server.address.prefix}:chunks:delayed`;
    while (delays.length < 2) {
      const [tries, delay, isDelayed] = (await redis.eval(waitingScript, 2, entry('broken', 0), delayed, 'broken-0')) as string[];
      if (isDelayed && Number(tries) === delays.length + 1) {
        delays.push(Number(delay));
      }
      await sleep(20);
    }
    expect(delays[0]).toBeLessThanOrEqual(1000);
    expect(delays[1]).toBeGreaterThan(1000);
    expect(said).toHaveLength(1);
    await repair();
    await until(async () => (await store.job('broken'))?.done === 1);
    stopping.abort();
    expect(await working).toEqual({ images: 10, failed: 0, chunks: 1, damaged: [] });
    expect(said).toHaveLength(1);
  });

  test('a chunk whose own records are damaged is neither lost nor counted as done', async () => {
    await submit(imageNames(20));
    await redis.set(key('job', 'tries', '1'), 'text');
    const said: string[] = [];
    const stopping = new AbortController();
    const working = workHere(0, { say: (text) => said.push(text), untilDone: false, signal: stopping.signal });
    await until(async () => said.length > 0 && (await store.job('job'))?.done === 1);
    expect(said).toEqual([expect.stringContaining("the queue's record of the job 'job' is damaged (ERR_QUEUE)")]);
    await redis.del(key('job', 'tries', '1'));
    await until(async () => (await store.job('job'))?.done === 2);
    stopping.abort();
    expect(await working).toMatchObject({ images: 20, chunks: 2 });
  });

  test('is submitted again once its keys are deleted', async () => {
    await submit(imageNames(30), { job: 'broken' });
    await damageRecord('no JSON');
    await store.keep('broken', 0, Buffer.from('rows'), 10, 0);
    await redis.del(key('broken'), ...(await redis.keys(key('broken', '*'))));
    expect(await queueStatus(redis, server.address)).toMatchObject({ jobs: [], damaged: [] });
    await submit(imageNames(20), { job: 'broken' });
    expect(await workHere()).toMatchObject({ images: 20, chunks: 2, damaged: [] });
  });

  test('keeps no rows, and drops none', async () => {
    await submit(imageNames(20), { job: 'broken' });
    for (const [way, field] of [
      ['no count', 'done'],
      ['no count', 'doneImages'],
      ['no count', 'failedImages'],
      ['no count', 'collected'],
      ['no count', 'waitingBytes'],
      ['no hash', undefined],
    ] as const) {
      const before = await redis.hgetall(key('broken'));
      await (field ? redis.hset(key('broken'), field, '1.5') : redis.set(key('broken'), way));
      await expect(store.keep('broken', 0, Buffer.from('rows'), 10, 0)).rejects.toMatchObject(damage);
      expect(await store.isDone('broken', 0)).toBe(false);
      expect(await redis.exists(key('broken', 'rows', '0'))).toBe(0);
      if (field === undefined || field === 'collected') {
        await expect(store.dropCollected('broken', 1)).rejects.toMatchObject(damage);
      }
      await redis.multi().del(key('broken')).hset(key('broken'), before).exec();
    }
    expect(await store.keep('broken', 0, Buffer.from('rows'), 10, 0)).toBe(true);
  });

  test('records that are damaged are told of', async () => {
    await submit(imageNames(20));
    const record = `${server.address.prefix}:job:job`;
    const job = (await redis.hget(record, 'job')) as string;
    for (const [field, value] of [
      ['job', '{'],
      ['job', 'null'],
      ['job', job.replace('"chunkSize":10', '"chunkSize":0')],
      ['job', job.replace('"chunks":2', '"chunks":3')],
      ['job', job.replace('"classify"', '7')],
      ['done', 'many'],
    ] as const) {
      const before = (await redis.hget(record, field)) as string;
      await redis.hset(record, field, value);
      await expect(store.job('job')).rejects.toMatchObject({ code: 'ERR_QUEUE', message: expect.stringContaining('damaged') });
      await redis.hset(record, field, before);
    }
    await redis.set(`${server.address.prefix}:job:other:finished`, '{"at":"now"}');
    await expect(store.finished('other')).rejects.toMatchObject({ code: 'ERR_QUEUE' });
    await store.reportWorker('a', { host: 'a', pid: 1, images: 2, rate: 3 });
    await store.reportWorker('b', { host: 'b', pid: 1, images: 2, rate: 3 });
    await redis.hset(`${server.address.prefix}:worker-reports`, 'a', '{');
    expect(await store.workers()).toEqual([{ host: 'b', pid: 1, images: 2, rate: 3 }]);
  });
});
