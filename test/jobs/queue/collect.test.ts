import { deflateRawSync } from 'node:zlib';
import { collectRows } from '../../../lib/jobs/queue/collect';
import type { StoredJob } from '../../../lib/jobs/queue/job-record';
import {
  collect,
  expectedLines,
  imageNames,
  MemorySink,
  never,
  redis,
  server,
  store,
  submit,
  withRedis,
  workHere,
} from './queue-of-each-test';

withRedis('collecting', () => {
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
});
