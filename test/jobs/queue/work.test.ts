import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MobileNetError } from '../../../lib/errors';
import { workOnQueue } from '../../../lib/jobs/queue/work';
import { FakeRunner } from './fake-runner';
import {
  collect,
  expectedLines,
  imageNames,
  MemorySink,
  never,
  redis,
  server,
  startWorker,
  store,
  submit,
  until,
  untilDone,
  withRedis,
  workHere,
} from './queue-of-each-test';

withRedis('working', () => {
  test('workers killed and stopped, a Redis restarted, two who submit: each image once', async () => {
    const names = imageNames(600, (index) => (index % 50 === 7 ? '-broken' : ''));
    const [killed, stopped] = await Promise.all([startWorker(8), startWorker(8), startWorker(8)]);
    const sink = new MemorySink();
    // A Redis that was killed may lose a second; only who watches it for longer notices.
    const submissions = [submit(names, { settle: undefined }), submit(names, { settle: undefined })];
    await untilDone(6);
    killed.child.kill('SIGKILL');
    stopped.child.kill('SIGSTOP');
    const collecting = sleep(300).then(() => collect(sink));
    await untilDone(12);
    await server.kill();
    await sleep(300);
    await server.start();
    await sleep(2500); // longer than a chunk belongs to one who is silent
    stopped.child.kill('SIGCONT');
    await Promise.all([...submissions, collecting]);
    expect(sink.lines).toEqual(expectedLines(names));
    // What it comes with late changes nothing, and does it no harm.
    stopped.child.kill('SIGTERM');
    expect(await stopped.ended).toMatchObject({ status: 0 });
    expect(await store.job('job')).toMatchObject({ done: 60, doneImages: 600, failedImages: 12, collected: 60 });
  });

  test('an image that ends its worker is set apart after three tries, the others are done', async () => {
    const names = imageNames(40, (index) => (index === 17 ? '-poison' : ''));
    await submit(names);
    let deaths = 0;
    for (;;) {
      const { ended } = await startWorker(1, '--until-done');
      const { signal, status } = await ended;
      if (signal !== 'SIGKILL') {
        expect(status).toBe(0);
        break;
      }
      deaths++;
    }
    expect(deaths).toBe(3);
    const expected = expectedLines(names);
    const { lines } = await collect();
    expect(JSON.parse(lines[17] as string)).toEqual({
      image: names[17],
      error: { code: 'ERR_POISON_IMAGE', message: expect.stringContaining('ended each of the 3 times') },
    });
    expect(lines.toSpliced(17, 1)).toEqual(expected.toSpliced(17, 1));
  });

  test('several such images in a chunk take two deaths each, and are known ever after', async () => {
    const isPoison = (index: number) => [2, 5].includes(index);
    const names = imageNames(20, (index) => (isPoison(index) ? '-poison' : ''));
    await submit(names);
    let deaths = 0;
    while ((await (await startWorker(0, '--until-done')).ended).signal === 'SIGKILL') {
      deaths++;
    }
    // The chunk dies once as a whole, then of each of them twice.
    expect(deaths).toBe(1 + 2 * 2);
    const { lines } = await collect();
    expect(lines.map((line) => JSON.parse(line).error?.code)).toEqual(
      names.map((_, index) => (isPoison(index) ? 'ERR_POISON_IMAGE' : undefined)),
    );
  });

  test('what fails three times for other reasons becomes a row', async () => {
    const names = imageNames(20, (index) => (index === 4 ? '-refused' : ''));
    await submit(names);
    await workHere();
    const { lines } = await collect();
    expect(JSON.parse(lines[4] as string)).toMatchObject({ error: { code: 'ERR_OUT_OF_MEMORY' } });
    expect(lines.toSpliced(4, 1)).toEqual(expectedLines(names).toSpliced(4, 1));
  });

  test('a Redis that is full loses no chunk, and is not asked without a pause', async () => {
    const names = imageNames(600);
    await submit(names);
    const said: string[] = [];
    const working = workOnQueue(server.connect(), server.connect(), server.address, {
      ...{ open: async () => new FakeRunner(2), own: {}, lockDuration: 1500, signal: never, untilDone: true },
      say: (text) => said.push(text),
    });
    await untilDone(5);
    await redis.config('SET', 'maxmemory', '1mb');
    const commands = async () => Number(/total_commands_processed:(\d+)/.exec(await redis.info('stats'))?.[1]);
    const before = await commands();
    await sleep(2500);
    expect((await commands()) - before).toBeLessThan(500);
    expect(await store.missing('job', 0, 60)).toEqual([]);
    expect(said.join('\n')).toContain('Redis takes nothing for now: OOM command not allowed');
    await redis.config('SET', 'maxmemory', '0');
    expect(await working).toMatchObject({ images: 600 });
    await redis.config('SET', 'maxmemory', '1mb');
    // Rows can be collected, which is what makes room.
    expect((await collect()).lines).toEqual(expectedLines(names));
    await store.remove('job', 60);
    expect(await store.finished('job')).toBeDefined();
  });

  test('a worker that cannot reach the pictures gives them back and ends', async () => {
    await submit(imageNames(10, () => '-lost'));
    const said: string[] = [];
    const working = workOnQueue(server.connect(), server.connect(), server.address, {
      ...{ open: async () => new FakeRunner(0), own: {}, lockDuration: 1500, signal: never },
      say: (text) => said.push(text),
    });
    await expect(working).rejects.toMatchObject({ code: 'ERR_INPUT_LOST' });
    expect(said[0]).toContain('goes back into the queue');
    expect(await store.job('job')).toMatchObject({ done: 0 });
    expect(await store.missing('job', 0, 1)).toEqual([]);
  });

  test('a worker of another version of the package refuses the job', async () => {
    await submit(imageNames(10));
    const key = `${server.address.prefix}:job:job`;
    const job = JSON.parse((await redis.hget(key, 'job')) as string);
    await redis.hset(key, 'job', JSON.stringify({ ...job, version: '0.0.1' }));
    await expect(workHere()).rejects.toMatchObject({
      code: 'ERR_JOB_CHANGED',
      message: expect.stringContaining('version 0.0.1'),
    });
    expect(await store.missing('job', 0, 1)).toEqual([]);
  });

  test('a worker whose model is another one refuses the job', async () => {
    await submit(imageNames(10), { model: 'cd'.repeat(32) });
    await expect(workHere()).rejects.toMatchObject({
      code: 'ERR_JOB_CHANGED',
      message: expect.stringContaining('another one here'),
    });
    expect(await store.missing('job', 0, 1)).toEqual([]);
  });

  test('a worker that cannot load the model ends, and spoils no chunk', async () => {
    await submit(imageNames(100));
    const working = workOnQueue(server.connect(), server.connect(), server.address, {
      open: () => Promise.reject(new MobileNetError('ERR_INVALID_OPTION', 'there is no such option')),
      ...{ own: {}, lockDuration: 1500, signal: never, say: () => {} },
    });
    await expect(working).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' });
    expect(await Promise.all(Array.from({ length: 10 }, (_, chunk) => store.tries('job', chunk)))).toEqual(
      Array(10).fill({ begun: 0, failed: 0 }),
    );
    expect(await store.missing('job', 0, 10)).toEqual([]);
  });

  test('after a failure the next chunk gets a new runner', async () => {
    await submit(imageNames(20, (index) => (index === 4 ? '-refused' : '')));
    let open = 0;
    let opened = 0;
    await workOnQueue(server.connect(), server.connect(), server.address, {
      open: async () => {
        open++;
        opened++;
        const runner = new FakeRunner(0);
        runner.dispose = async () => {
          open--;
        };
        return runner;
      },
      ...{ own: {}, lockDuration: 1500, signal: never, untilDone: true, say: () => {} },
    });
    expect(opened).toBe(3); // two failures; the third becomes a row
    expect(open).toBe(0);
  });

  test('files of a chunk are on the disk before its rows are kept', async () => {
    const folder = mkdtempSync(join(os.tmpdir(), 'mobilenet-queue-'));
    try {
      await submit(imageNames(10));
      const runner = new FakeRunner(0);
      const run = runner.run.bind(runner);
      runner.run = async function* (...args) {
        for await (const outcome of run(...args)) {
          yield { ...outcome, files: [join(folder, 'not-there.png')] };
        }
      };
      const working = workOnQueue(server.connect(), server.connect(), server.address, {
        ...{ open: async () => runner, own: {}, lockDuration: 1500, signal: never, say: () => {} },
      });
      await expect(working).rejects.toMatchObject({ code: 'ERR_WRITE', message: expect.stringContaining('not-there.png') });
      expect(await store.job('job')).toMatchObject({ done: 0 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('a worker without a chunk ends though Redis is gone, one with a chunk waits for it', async () => {
    await submit(imageNames(10));
    const busy = await startWorker(300);
    await until(async () => (await store.tries('job', 0)).begun > 0);
    const idle = await startWorker(0);
    const asking = await startWorker(0, '--until-done');
    await until(async () => (await store.workers()).length >= 3);
    await server.kill();
    await sleep(8000); // longer than BullMQ waits before it connects anew
    for (const { child } of [idle, asking, busy]) {
      child.kill('SIGTERM');
    }
    expect(await Promise.all([idle.ended, asking.ended])).toMatchObject([{ status: 0 }, { status: 0 }]);
    expect(busy.child.exitCode).toBeNull();
    await server.start();
    expect(await busy.ended).toMatchObject({ status: 0, output: expect.stringContaining('"chunks":1') });
    expect(await store.job('job')).toMatchObject({ done: 1 });
  });

  test('on SIGTERM the chunk in work is finished', async () => {
    await submit(imageNames(200));
    const { child, ended } = await startWorker(10);
    await untilDone(2);
    child.kill('SIGTERM');
    const { status, output } = await ended;
    expect(status).toBe(0);
    const { images, chunks } = JSON.parse(output.trim().split('\n').at(-1) as string);
    expect(images).toBe(chunks * 10);
    expect(await store.job('job')).toMatchObject({ done: chunks });
    expect(await store.workers()).toEqual([]);
    await workHere();
    expect(await store.job('job')).toMatchObject({ done: 20, doneImages: 200 });
  });

  test('an entry that is no chunk harms no worker', async () => {
    const { Queue } = require('bullmq') as typeof import('bullmq');
    const queue = new Queue('chunks', { connection: redis, prefix: server.address.prefix });
    await queue.add('chunk', { job: '../x', images: 7 });
    await submit(imageNames(20));
    const images = imageNames(10).map((name) => ({ name }));
    // Of the first, the bit alone would take half a gigabyte.
    await queue.add('chunk', { job: 'job', chunk: 2 ** 32 - 1, first: (2 ** 32 - 1) * 10, images });
    await queue.add('chunk', { job: 'job', chunk: 1, first: 10, images: images.slice(1) });
    await queue.add('chunk', { job: 'job', chunk: 1, first: 11, images });
    expect(await workHere()).toEqual({ images: 20, failed: 0, chunks: 2, damaged: [] });
    expect((await collect()).lines).toEqual(expectedLines(imageNames(20)));
    await queue.close();
  });
});
