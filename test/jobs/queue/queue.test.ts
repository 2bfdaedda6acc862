import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path, { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { deflateRawSync } from 'node:zlib';
import { MobileNetError } from '../../../lib/errors';
import { collectRows } from '../../../lib/jobs/queue/collect';
import type { StoredJob } from '../../../lib/jobs/queue/job-record';
import { workOnQueue } from '../../../lib/jobs/queue/work';
import { FakeRunner } from './fake-runner';
import {
  collect,
  collectOnceThere,
  expectedLines,
  imageNames,
  MemorySink,
  never,
  redis,
  server,
  startWorker,
  store,
  submit,
  untilDone,
  withRedis,
  workHere,
} from './queue-of-each-test';

withRedis('jobs over many machines', () => {
  test('rows come out in the order of the images, and nothing is left of them in Redis', async () => {
    const names = imageNames(95, (index) => (index % 10 === 3 ? '-broken' : ''));
    const submitted = await submit(names);
    expect(submitted).toMatchObject({ images: 95, chunks: 10, submitted: 10, done: 0 });
    expect(await workHere()).toEqual({ images: 95, failed: 10, chunks: 10, damaged: [] });
    const { lines } = await collect();
    expect(lines).toEqual(expectedLines(names));
    expect(await store.job('job')).toMatchObject({ doneImages: 95, failedImages: 10, collected: 10, waitingBytes: 0 });
    await store.remove('job', 10);
    expect(await store.names()).toEqual([]);
    expect(await redis.keys('*:job:job*')).toEqual([`${server.address.prefix}:job:job:finished`]);
    await expect(submit(names)).rejects.toMatchObject({ code: 'ERR_JOB_EXISTS' });
  });

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

  test('who submits waits for a Redis that is full', async () => {
    await redis.config('SET', 'maxmemory', '1mb');
    const reasons: (string | undefined)[] = [];
    const names = imageNames(20);
    const submitting = submit(names, { onProgress: (_, __, waiting) => reasons.push(waiting) });
    await sleep(500);
    expect(await store.names()).toEqual([]);
    await redis.config('SET', 'maxmemory', '0');
    expect(await submitting).toMatchObject({ submitted: 2 });
    expect(reasons[0]).toContain('Redis takes nothing for now: OOM command not allowed');
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
    while ((await store.tries('job', 0)).begun === 0) {
      await sleep(20);
    }
    const idle = await startWorker(0);
    const asking = await startWorker(0, '--until-done');
    while ((await store.workers()).length < 3) {
      await sleep(20);
    }
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

  test('who submits waits for workers, and for the collector', async () => {
    const names = imageNames(3000);
    const reasons = new Set<string>();
    const submitting = submit(names, {
      maxPending: 60,
      maxWaitingBytes: 3000,
      onProgress: (_, __, waiting) => reasons.add(String(waiting).replaceAll(/\d+/g, 'N')),
    });
    await sleep(500);
    expect((await store.job('job'))?.submitted).toBeLessThanOrEqual(150);
    const working = startWorker(0);
    await sleep(2000);
    const full = await store.job('job');
    expect(full?.done).toBeLessThan(300);
    const sink = new MemorySink();
    await Promise.all([submitting, collect(sink), working]);
    expect(sink.lines).toEqual(expectedLines(names));
    expect([...reasons]).toEqual(
      expect.arrayContaining(['N chunks wait for workers', 'N MiB of rows are not collected yet: run mobilenet collect']),
    );
  });

  test('a collector goes on from wherever its rows were cut', async () => {
    const names = imageNames(95);
    await submit(names);
    await workHere();
    for (const rows of [0, 1, 9, 10, 57, 90, 94]) {
      const sink = new MemorySink();
      sink.lines = expectedLines(names).slice(0, rows);
      // It drops what it has collected: each of them finds less in Redis, and has more.
      const before = await store.job('job');
      if (Math.floor(rows / 10) < (before?.collected ?? 0)) {
        await expect(collect(sink)).rejects.toMatchObject({ code: 'ERR_JOB_CHANGED' });
        continue;
      }
      const stopping = new AbortController();
      const stopAt = rows + 12;
      sink.append = async (line) => {
        sink.lines.push(line);
        if (sink.lines.length >= stopAt) {
          stopping.abort();
        }
      };
      await collect(sink, stopping.signal);
      expect(sink.lines).toEqual(expectedLines(names).slice(0, sink.lines.length));
      expect(sink.safe).toBe(sink.lines.length);
    }
    expect(await store.job('job')).toMatchObject({ collected: 10, waitingBytes: 0 });
  });

  test('rows that a restarted Redis has forgotten to have dropped are dropped again', async () => {
    const names = imageNames(60);
    await submit(names);
    await workHere();
    const record = `${server.address.prefix}:job:job`;
    const sink = new MemorySink();
    const before = await redis.hgetall(record);
    const rows = (await redis.getBuffer(`${record}:rows:1`)) as Buffer;
    const stopping = new AbortController();
    sink.append = async (line) => {
      sink.lines.push(line);
      if (sink.lines.length === 30) {
        stopping.abort();
      }
    };
    await collect(sink, stopping.signal);
    expect(await store.job('job')).toMatchObject({ collected: 3 });
    // As it was a second ago: one chunk collected, the rows of the next there again, the third not done yet.
    const { waitingBytes } = (await store.job('job')) as StoredJob;
    await redis.hset(record, { collected: 1, waitingBytes: waitingBytes + rows.length, done: Number(before.done) - 1 });
    await redis.set(`${record}:rows:1`, rows);
    await redis.setbit(`${record}:done`, 2, 0);
    await collect(sink);
    expect(sink.lines).toEqual(expectedLines(names));
    expect(await store.job('job')).toMatchObject({ collected: 6, waitingBytes: 0 });
    // The third is done once more: nobody will collect it.
    expect(await store.keep('job', 2, rows, 10, 0)).toBe(true);
    expect(await store.job('job')).toMatchObject({ done: 6, waitingBytes: 0 });
    expect(await redis.keys('*:rows:*')).toEqual([]);
  });

  test('rows that Redis has thrown away are made again after submitting again', async () => {
    const names = imageNames(50);
    await submit(names);
    await workHere();
    await redis.del(`${server.address.prefix}:job:job:rows:3`);
    const sink = new MemorySink();
    const collecting = collectRows(redis, server.address, { job: 'job', sink, signal: never, patience: 300 });
    await expect(collecting).rejects.toMatchObject({
      code: 'ERR_QUEUE',
      message: "Redis has lost the rows of chunk 3 of 'job': run mobilenet submit again, and then collect",
    });
    await submit(names);
    await workHere();
    expect((await collect(sink)).lines).toEqual(expectedLines(names));
  });

  test('rows that are none are refused', async () => {
    await submit(imageNames(3));
    const put = async (...lines: string[]) => {
      const text = lines.map((line) => `${line}\n`).join('');
      await redis.set(`${server.address.prefix}:job:job:rows:0`, deflateRawSync(text));
    };
    const good = '{"image":"a","width":1,"height":1}';
    for (const [lines, why] of [
      [[good, good], 'it has 2 rows, not 3'],
      [[good, good, '{'], 'JSON'],
      [[good, good, 'null'], 'a row without an image'],
      [[good, good, '{"image":1}'], 'a row without an image'],
      [[good, good, '{"image":"a","error":1}'], 'whose error has no code'],
      [[good, good, '{"image":"a","error":{"code":"__proto__"}}'], 'whose error has no code'],
    ] as const) {
      await put(...lines);
      await expect(collect()).rejects.toMatchObject({ code: 'ERR_QUEUE', message: expect.stringContaining(why) });
    }
    await redis.set(`${server.address.prefix}:job:job:rows:0`, 'not compressed');
    await expect(collect()).rejects.toMatchObject({ code: 'ERR_QUEUE', message: expect.stringContaining('damaged') });
  });

  test('what Redis has lost is put back by submitting again', async () => {
    const names = imageNames(50);
    await submit(names);
    await redis.del(`${server.address.prefix}:chunks:job-2`, `${server.address.prefix}:chunks:job-4`);
    expect(await store.missing('job', 0, 5)).toEqual([2, 4]);
    await submit(names);
    expect(await store.missing('job', 0, 5)).toEqual([]);
    await workHere();
    expect((await collect()).lines).toEqual(expectedLines(names));
  });

  test('who submits ends well though the job was collected, and removed, meanwhile', async () => {
    const names = imageNames(100);
    const submitting = submit(names, { settle: 6000 });
    const working = startWorker(0);
    const { lines } = await collectOnceThere();
    await store.remove('job', 10);
    expect(lines).toEqual(expectedLines(names));
    expect(await submitting).toMatchObject({ images: 100, submitted: 10 });
    await working;
    expect(await store.names()).toEqual([]);
  });

  test('a job that is collected while its list is made a second time does not begin anew', async () => {
    const names = imageNames(20);
    await submit(names);
    await workHere();
    async function* slowList() {
      yield names.slice(0, 10).join('\n');
      await collect();
      await store.remove('job', 2);
      yield `\n${names.slice(10).join('\n')}`;
    }
    await expect(submit(names, { list: slowList() })).rejects.toMatchObject({ code: 'ERR_JOB_EXISTS' });
    expect(await store.names()).toEqual([]);
  });

  test('paths of files are made such that all machines mean the same', async () => {
    const spec = { task: 'segment', model: './models/a.safetensors', files: { mask: 'masks' } } as const;
    const stored = await submit(['photos/a.jpg'], { spec });
    const { sep } = path;
    expect(stored.spec).toEqual({
      task: 'segment',
      model: path.resolve('models/a.safetensors'),
      files: { mask: path.resolve('masks') },
    });
    const [entry] = await redis.keys('*:chunks:job-0');
    expect(JSON.parse((await redis.hget(entry as string, 'data')) as string).images).toEqual([
      { name: `${process.cwd()}${sep}photos${sep}a.jpg` },
    ]);
  });

  test('a job of the same name that differs is refused with what differs', async () => {
    await submit(imageNames(20));
    await expect(
      submit(imageNames(21), { spec: { task: 'classify', model: 'b', options: { topK: 3 } }, chunkSize: 5 }),
    ).rejects.toMatchObject({
      code: 'ERR_JOB_CHANGED',
      message: [
        "the queue has another job 'job':",
        "model was 'a' and is now 'b'",
        "topK was not given and is now '3'",
        'chunks had 10 images and have 5 now',
        'the list of inputs had 20 images and has 21 now',
      ].join('\n  '),
    });
    await expect(submit(imageNames(20).reverse())).rejects.toMatchObject({ message: expect.stringContaining('is another one') });
  });

  test('what other machines could not read is refused before anything is in the queue', async () => {
    for (const [name, why] of [
      ['data:image/png;base64,AA==', 'no data: address'],
      ['https://user:secret@example.org/a.jpg', 'without user name and password'],
    ] as const) {
      const refusal = await submit([name]).catch((error: Error) => error);
      expect(refusal).toMatchObject({ code: 'ERR_INVALID_OPTION', message: expect.stringContaining(why) });
      expect((refusal as Error).message).not.toContain('secret');
    }
    await expect(submit(['a.jpg'], { job: 'a job' })).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' });
    expect(await store.names()).toEqual([]);
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
