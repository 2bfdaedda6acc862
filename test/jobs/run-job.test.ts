import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { create } from 'tar';
import { type Job, type JobOptions, type JobRow, runJob } from '../../lib/index';
import { errorOf, matching } from '../error-of';
import { all, folderOfEachTest } from './temporary-folder';

const photos = join(__dirname, '../../photos');
const folder = folderOfEachTest();
const at = (name: string) => join(folder(), name);
const out = () => at('results.jsonl');

const classification = (options: Partial<JobOptions> = {}): JobOptions => ({
  ...{ task: 'classify', model: 'mobilenet-v1-0.25-224', device: 'cpu', options: { topK: 1 } },
  ...options,
});

/** A folder of so many pictures, one of which is broken. */
function makePhotos(count: number, name = 'photos'): string {
  mkdirSync(at(name), { recursive: true });
  for (let index = 0; index < count; index++) {
    const target = join(at(name), `${String(index).padStart(3, '0')}.jpg`);
    if (index === 2) {
      writeFileSync(target, 'no picture');
    } else {
      copyFileSync(join(photos, 'rocket.jpg'), target);
    }
  }
  return at(name);
}

/** Leaves a job after so many rows, as a program does that ends in the middle. */
async function leaveAfter(rows: number, job: Job): Promise<void> {
  let left = rows;
  for await (const _ of job) {
    if (--left === 0) {
      return;
    }
  }
}

const namesOf = (rows: readonly JobRow[]) => rows.map(({ image }) => image.replace(`${folder()}/`, ''));
const lines = (path = out()) => readFileSync(path, 'utf8').trimEnd().split('\n');

/** Streams close their files a moment after they were told to. */
async function allClosed(): Promise<void> {
  for (let waited = 0; openFiles().length > 0 && waited < 1000; waited += 10) {
    await sleep(10);
  }
  expect(openFiles()).toEqual([]);
}

/** Files of the test's folder that this process has open, where that can be seen. */
function openFiles(): string[] {
  const descriptors = existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd') : [];
  const paths = descriptors.map((name) => {
    try {
      return readlinkSync(join('/proc/self/fd', name));
    } catch {
      return ''; // the one the list was read through
    }
  });
  return paths.filter((path) => path.startsWith(folder()));
}

test('rows are handed out and kept, in the order of the pictures', async () => {
  const root = makePhotos(5);
  const job = runJob(root, classification({ out: out() }));
  const rows = await all(job);
  expect(namesOf(rows)).toEqual([0, 1, 2, 3, 4].map((index) => `photos/00${index}.jpg`));
  expect(lines()).toEqual(rows.map((row) => JSON.stringify(row)));
  expect(rows[0]).toMatchObject({ width: 640, height: 427, categories: [{ label: expect.any(String) }] });
  expect(job.progress).toMatchObject({
    ...{ total: 5, rows: 5, resumed: 0, failed: 1, complete: true },
    failures: { ERR_IMAGE_DECODE: 1 },
  });
  expect(job.progress.stages.network).toBeGreaterThan(0);
  expect(readdirSync(folder()).sort()).toEqual(['photos', 'results.jsonl']);
});

test('without an output rows are only handed out', async () => {
  const rows = await all(runJob([makePhotos(3)], classification()));
  expect(rows).toHaveLength(3);
  expect(readdirSync(folder())).toEqual(['photos']);
});

test('left in the middle, it goes on where it was and ends as an undisturbed one', async () => {
  const root = makePhotos(60);
  await all(runJob([root], classification({ out: at('whole.jsonl') })));
  await leaveAfter(20, runJob([root], classification({ out: out() })));
  expect(existsSync(out())).toBe(false);
  await expect(all(runJob([root], classification({ out: out() })))).rejects.toMatchObject({ code: 'ERR_JOB_EXISTS' });
  const job = runJob([root], classification({ out: out(), resume: true, threads: 1 }));
  const rows = await all(job);
  expect(job.progress).toMatchObject({ rows: 60, resumed: 20, failed: 1, complete: true });
  expect(rows).toHaveLength(40);
  expect(lines()).toEqual(lines(at('whole.jsonl')));
  const again = runJob([root], classification({ out: out(), resume: true }));
  expect(await all(again)).toEqual([]);
  expect(again.progress.complete).toBe(true);
});

test('stop() finishes what is in work', async () => {
  const root = makePhotos(100);
  const job = runJob([root], classification({ out: out(), onProgress: ({ rows }) => rows === 10 && job.stop() }));
  const rows = await all(job);
  expect(rows.length).toBeGreaterThanOrEqual(10);
  expect(rows.length).toBeLessThan(100);
  expect(job.progress).toMatchObject({ complete: false, rows: rows.length });
  const rest = await all(runJob([], classification({ out: out(), resume: true })));
  expect(namesOf([...rows, ...rest])).toEqual(namesOf(await all(runJob([root], classification()))));
});

test('an abort gives up what is in work; the rows so far stay', async () => {
  const root = makePhotos(80);
  const stopping = new AbortController();
  const job = runJob([root], classification({ out: out(), signal: stopping.signal }));
  const running = (async () => {
    for await (const _ of job) {
      if (job.progress.rows === 10) {
        stopping.abort(new Error('enough'));
      }
    }
  })();
  await expect(running).rejects.toThrow('enough');
  const resumed = runJob([root], classification({ out: out(), resume: true }));
  await all(resumed);
  expect(resumed.progress).toMatchObject({ rows: 80, resumed: 10 });
});

test('another model, other options, other pictures: refused, saying what differs', async () => {
  const root = makePhotos(40);
  await leaveAfter(5, runJob([root], classification({ out: out() })));
  const resume = (inputs: string[], options: Partial<JobOptions> = {}) =>
    all(runJob(inputs, classification({ out: out(), resume: true, ...options })));
  const changed = (text: string) => ({ code: 'ERR_JOB_CHANGED', message: expect.stringContaining(text) });
  await expect(resume([root], { options: { topK: 2 } })).rejects.toMatchObject(changed("topK was '1' and is now '2'"));
  await expect(resume([root], { decode: 'exact' })).rejects.toMatchObject(changed("decode was not given and is now 'exact'"));
  await expect(resume([root], { shard: '1/2' })).rejects.toMatchObject(changed('shard'));
  await expect(resume([root], { task: 'embed', options: {} })).rejects.toMatchObject(changed("task was 'classify'"));
  copyFileSync(join(photos, 'rocket.jpg'), join(root, '999.jpg'));
  await expect(resume([root])).rejects.toMatchObject(changed('999.jpg'));
  renameSync(join(root, '999.jpg'), at('999.jpg'));
  await resume([root]);
  expect(lines()).toHaveLength(40);
});

test('an iterator of pictures: names are compared with the rows that are there', async () => {
  const picture = readFileSync(join(photos, 'rocket.jpg'));
  async function* pictures(names: string[]) {
    for (const name of names) {
      yield { name, image: picture };
    }
  }
  const names = Array.from({ length: 50 }, (_, index) => `picture ${index}`);
  await leaveAfter(12, runJob(pictures(names), classification({ out: out() })));
  const resume = (changed: string[]) => all(runJob(pictures(changed), classification({ out: out(), resume: true })));
  await expect(resume(names.with(3, 'another'))).rejects.toMatchObject({
    code: 'ERR_JOB_CHANGED',
    message: expect.stringContaining("picture 4 of the job was 'picture 3' and is now 'another'"),
  });
  await expect(resume(names.slice(0, 10))).rejects.toMatchObject({ code: 'ERR_JOB_CHANGED' });
  await allClosed();
  await resume(names);
  await allClosed();
  expect(lines().map((line) => JSON.parse(line).image)).toEqual(names);
});

test('what an iterator throws ends the job, and what it gives that is no picture', async () => {
  async function* failing() {
    yield join(photos, 'rocket.jpg');
    throw new Error('the database is gone');
  }
  await expect(all(runJob(failing(), classification({ out: out() })))).rejects.toThrow('the database is gone');
  await expect(all(runJob([7 as unknown as string], classification()))).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' });
});

test('parts of a job together are the whole job', async () => {
  const root = makePhotos(30);
  const whole = await all(runJob([root], classification()));
  const parts: JobRow[] = [];
  for (const index of [1, 2, 3]) {
    const job = runJob([root], classification({ out: at(`part-${index}.jsonl`), shard: { index, count: 3 } }));
    parts.push(...(await all(job)));
    expect(job.progress.total).toBe(lines(at(`part-${index}.jsonl`)).length);
  }
  const byName = (a: JobRow, b: JobRow) => (a.image < b.image ? -1 : 1);
  expect(parts.sort(byName)).toEqual(whole.sort(byName));
});

test('an archive among folders, resumed in the middle of it', async () => {
  const root = makePhotos(6);
  makePhotos(30, 'members');
  await create({ file: at('more.tar'), cwd: at('members') }, readdirSync(at('members')).sort());
  const inputs = [root, at('more.tar')];
  const whole = await all(runJob(inputs, classification()));
  expect(whole).toHaveLength(36);
  await leaveAfter(15, runJob(inputs, classification({ out: out() })));
  const job = runJob(inputs, classification({ out: out(), resume: true }));
  await all(job);
  expect(job.progress.total).toBeUndefined();
  expect(lines()).toEqual(whole.map((row) => JSON.stringify(row)));
});

test('too many errors stop it, to be resumed with more patience', async () => {
  makePhotos(8, 'photos/a');
  makePhotos(8, 'photos/b');
  const job = (maxErrors: number, resume = false) => runJob([at('photos')], classification({ out: out(), maxErrors, resume }));
  await expect(all(job(1))).rejects.toMatchObject({
    code: 'ERR_TOO_MANY_ERRORS',
    message: expect.stringContaining('2 images'),
  });
  await expect(all(job(1, true))).rejects.toMatchObject({ code: 'ERR_TOO_MANY_ERRORS' });
  const patient = job(2, true);
  await all(patient);
  expect(patient.progress).toMatchObject({ rows: 16, failed: 2, complete: true });
});

test('the event loop turns while a job works', async () => {
  const job = runJob([makePhotos(40)], classification({ out: out() }));
  let turns = 0;
  const working = all(job);
  let done = false;
  void working.then(() => {
    done = true;
  });
  while (!done) {
    await sleep(1);
    turns++;
  }
  // Each turn needs the loop: a job that held it up would leave a handful.
  expect(turns).toBeGreaterThan(20);
});

test('options are checked when the job is made', () => {
  const inputs = ['photos'];
  const cases: [Partial<JobOptions>, string][] = [
    [{ resum: true } as Partial<JobOptions>, "did you mean 'resume'?"],
    [{ resume: true }, 'expected nothing without out for resume'],
    [{ out: 'a.jsonl', resume: true, overwrite: true }, 'overwrite'],
    [{ out: 'a.txt' }, 'ends in .jsonl, .ndjson, .csv, .parquet'],
    [{ out: 'a.txt', format: 'xml' as 'csv' }, "one of 'jsonl', 'csv', 'parquet'"],
    [{ out: '' }, 'the path of a file for out'],
    [{ shard: '4/3' }, 'such as 3/16'],
    [{ maxErrors: -1 }, 'maxErrors'],
    [{ signal: 7 as unknown as AbortSignal }, 'an AbortSignal'],
    [{ task: 'paint' as 'classify' }, 'task'],
  ];
  for (const [options, message] of cases) {
    expect(errorOf(() => runJob(inputs, classification(options)))).toMatch(matching('ERR_INVALID_OPTION', message));
  }
  expect(errorOf(() => runJob('', classification()))).toMatch(matching('ERR_INVALID_OPTION', 'the inputs'));
  expect(errorOf(() => runJob(7 as unknown as string, classification()))).toMatch(matching('ERR_INVALID_OPTION', 'the inputs'));
});

test('told to stop while the inputs are listed, it has not begun', async () => {
  async function* endless() {
    yield 'a.jpg';
    await new Promise(() => {});
  }
  const job = runJob(['-'], classification({ out: out(), list: endless() }));
  setTimeout(() => job.stop(), 50);
  expect(await all(job)).toEqual([]);
  expect(job.progress).toMatchObject({ rows: 0, complete: false });
  expect(readdirSync(folder())).toEqual([]);
});

/** A source that gives some items and then is silent, until it is closed. */
function silentAfter<T>(...items: T[]) {
  const source = {
    closed: false,
    asked: 0,
    [Symbol.asyncIterator]: () => ({
      next: () =>
        source.asked++ < items.length
          ? Promise.resolve({ done: false as const, value: items[source.asked - 1] as T })
          : new Promise<IteratorResult<T>>(() => {}),
      return: async () => {
        source.closed = true;
        return { done: true as const, value: undefined };
      },
    }),
  };
  return source;
}

describe.each(['a list', 'an iterator'])('%s that still owes a picture', (kind) => {
  /** A job of two pictures over it, none of whose handles may stay open. */
  function begin(options: Partial<JobOptions> = {}) {
    const [first, second] = ['000.jpg', '001.jpg'].map((name) => join(makePhotos(2), name)) as [string, string];
    if (kind === 'a list') {
      const list = silentAfter(`${first}\n${second}\n`);
      return { source: list, job: runJob(['-'], classification({ list, ...options })) };
    }
    const source = silentAfter(first, second);
    return { source, job: runJob(source, classification(options)) };
  }
  const silent = async (source: { asked: number }, answers: number) => {
    while (source.asked <= answers) {
      await sleep(5);
    }
  };
  const answers = kind === 'a list' ? 1 : 2;

  test('is closed when the loop is left', async () => {
    const { source, job } = begin();
    for await (const _ of job) {
      await silent(source, answers);
      break;
    }
    await sleep(0);
    expect(source.closed).toBe(true);
  });

  test('is closed when the job is stopped', async () => {
    const { source, job } = begin();
    const rows = all(job);
    await silent(source, answers);
    job.stop();
    expect(await rows).toHaveLength(2);
    await sleep(0);
    expect(source.closed).toBe(true);
  });

  test('is closed on abort', async () => {
    const stopping = new AbortController();
    const { source, job } = begin({ signal: stopping.signal });
    const rows = all(job);
    await silent(source, answers);
    stopping.abort(new Error('enough'));
    await expect(rows).rejects.toThrow('enough');
    await sleep(0);
    expect(source.closed).toBe(true);
  });
});

test('what is to be overwritten stays until the new job begins', async () => {
  const root = makePhotos(30);
  writeFileSync(out(), 'done');
  const overwrite = (inputs: string[], options: Partial<JobOptions> = {}) =>
    all(runJob(inputs, classification({ out: out(), overwrite: true, ...options })));
  await expect(overwrite([at('missing')])).rejects.toMatchObject({ code: 'ERR_INPUT_NOT_FOUND' });
  await expect(overwrite([root], { model: 'none' })).rejects.toMatchObject({ code: 'ERR_MODEL_NOT_FOUND' });
  expect(readFileSync(out(), 'utf8')).toBe('done');
  expect(readdirSync(folder()).sort()).toEqual(['photos', 'results.jsonl']);
  await leaveAfter(5, runJob([root], classification({ out: out(), overwrite: true })));
  expect(existsSync(out())).toBe(false);
  // So does a job that was interrupted.
  await expect(overwrite([at('missing')])).rejects.toMatchObject({ code: 'ERR_INPUT_NOT_FOUND' });
  const resumed = runJob([root], classification({ out: out(), resume: true }));
  await all(resumed);
  expect(resumed.progress).toMatchObject({ rows: 30, resumed: 5 });
});

test('a job is done once', async () => {
  const job = runJob([makePhotos(1)], classification());
  await all(job);
  await expect(all(job)).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' });
});

test('what is wrong before the first picture leaves nothing behind', async () => {
  await expect(all(runJob([at('missing')], classification({ out: out() })))).rejects.toMatchObject({
    code: 'ERR_INPUT_NOT_FOUND',
  });
  const root = makePhotos(1);
  await expect(all(runJob([root], classification({ out: out(), model: 'none' })))).rejects.toMatchObject({
    code: 'ERR_MODEL_NOT_FOUND',
  });
  await expect(all(runJob([root], classification({ out: out(), options: { topK: 0 } })))).rejects.toMatchObject({
    code: 'ERR_INVALID_OPTION',
  });
  expect(readdirSync(folder())).toEqual(['photos']);
});
