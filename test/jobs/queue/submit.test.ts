import path from 'node:path';
import {
  collect,
  collectOnceThere,
  expectedLines,
  imageNames,
  MemorySink,
  redis,
  server,
  startWorker,
  store,
  submit,
  until,
  withRedis,
  workHere,
} from './queue-of-each-test';

withRedis('submitting', () => {
  test('who submits waits for a Redis that is full', async () => {
    await redis.config('SET', 'maxmemory', '1mb');
    const reasons: (string | undefined)[] = [];
    const names = imageNames(20);
    const submitting = submit(names, { onProgress: (_, __, waiting) => reasons.push(waiting) });
    await until(() => reasons.length > 0);
    expect(await store.names()).toEqual([]);
    await redis.config('SET', 'maxmemory', '0');
    expect(await submitting).toMatchObject({ submitted: 2 });
    expect(reasons[0]).toContain('Redis takes nothing for now: OOM command not allowed');
  });

  test('who submits waits for workers, and for the collector', async () => {
    const names = imageNames(3000);
    const [forWorkers, forCollector] = [
      'N chunks wait for workers',
      'N MiB of rows are not collected yet: run mobilenet collect',
    ];
    const reasons = new Set<string>();
    const submitting = submit(names, {
      maxPending: 60,
      maxWaitingBytes: 3000,
      onProgress: (_, __, waiting) => reasons.add(String(waiting).replaceAll(/\d+/g, 'N')),
    });
    await until(() => reasons.has(forWorkers));
    expect((await store.job('job'))?.submitted).toBeLessThanOrEqual(150);
    const working = startWorker(0);
    await until(() => reasons.has(forCollector));
    const full = await store.job('job');
    expect(full?.done).toBeLessThan(300);
    const sink = new MemorySink();
    await Promise.all([submitting, collect(sink), working]);
    expect(sink.lines).toEqual(expectedLines(names));
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
});
