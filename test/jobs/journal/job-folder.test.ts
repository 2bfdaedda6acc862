import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JobDescription } from '../../../lib/jobs/journal/description';
import { jobDifferences } from '../../../lib/jobs/journal/description';
import { JobFolder, jobFolderOf } from '../../../lib/jobs/journal/job-folder';
import { folderOfEachTest } from '../temporary-folder';

const folder = folderOfEachTest();
const out = () => join(folder(), 'results.jsonl');
const state = () => jobFolderOf(out());

const fresh = { resume: false, overwrite: false };
const resuming = { resume: true, overwrite: false };
const overwriting = { resume: false, overwrite: true };

const description: JobDescription = {
  version: '1.0.0',
  spec: { task: 'classify', model: 'a', options: { topK: 5 } },
  model: 'ab'.repeat(32),
  device: 'cpu avx512',
  inputs: { inputs: 2, archives: 0, sha256: 'cd'.repeat(32) },
  shard: null,
  format: 'jsonl',
};

async function open(options = fresh): Promise<JobFolder> {
  const job = await JobFolder.open(out(), options);
  if (!job) {
    throw new Error('the job is complete');
  }
  return job;
}

/** A job of two rows that was interrupted. */
async function interrupted(): Promise<void> {
  const job = await open();
  await job.begin(description);
  await job.log.append('{"image":"a"}');
  await job.log.append('{"image":"b"}');
  await job.checkpoint();
  await job.close();
}

test('the output appears when it is complete, and the state goes', async () => {
  const job = await open();
  await job.begin(description);
  await job.log.append('{"image":"a"}');
  await job.checkpoint();
  expect(existsSync(out())).toBe(false);
  await job.finish();
  expect(readFileSync(out(), 'utf8')).toBe('{"image":"a"}\n');
  expect(readdirSync(folder())).toEqual(['results.jsonl']);
});

test('an interrupted job is gone on with, and only when that is asked for', async () => {
  await interrupted();
  await expect(open()).rejects.toMatchObject({ code: 'ERR_JOB_EXISTS', message: expect.stringContaining('resume') });
  const job = await open(resuming);
  expect(job.saved).toEqual(description);
  await job.resume(description);
  expect(job.log.rows).toBe(2);
  await job.log.append('{"image":"c"}');
  await job.finish();
  expect(readFileSync(out(), 'utf8')).toBe('{"image":"a"}\n{"image":"b"}\n{"image":"c"}\n');
});

test('a job that is another one is refused with all that differs', async () => {
  await interrupted();
  const job = await open(resuming);
  const other: JobDescription = {
    ...description,
    spec: { task: 'classify', model: 'b', decode: 'exact', options: { topK: 3, allow: ['cat'] } },
    model: 'cd'.repeat(32),
    shard: { index: 1, count: 2 },
  };
  await expect(job.resume(other, "input 2 was 'b' and is now 'c'")).rejects.toMatchObject({
    code: 'ERR_JOB_CHANGED',
    message: [
      `the job for '${out()}' is another one than was begun:`,
      "model was 'a' and is now 'b'",
      "topK was '5' and is now '3'",
      'allow was not given and is now ["cat"]',
      "decode was not given and is now 'exact'",
      'the model file had SHA-256 abababababab… and has cdcdcdcdcdcd… now',
      "shard was not given and is now '1/2'",
      "input 2 was 'b' and is now 'c'",
    ].join('\n  '),
  });
  await job.close();
  const again = await open(resuming);
  await again.resume(description);
  expect(again.log.rows).toBe(2);
  await again.close();
});

test('what is complete stays as it is: resuming finds nothing to do, overwriting begins anew', async () => {
  writeFileSync(out(), 'done');
  await expect(open()).rejects.toMatchObject({ code: 'ERR_JOB_EXISTS', message: expect.stringContaining('overwrite') });
  expect(await JobFolder.open(out(), resuming)).toBeUndefined();
  expect(readFileSync(out(), 'utf8')).toBe('done');
  expect(readdirSync(folder())).toEqual(['results.jsonl']);
  const job = await open(overwriting);
  expect(job.saved).toBeUndefined();
  await job.begin(description);
  await job.finish();
  expect(readFileSync(out(), 'utf8')).toBe('');
});

test('overwriting drops what an interrupted job had', async () => {
  await interrupted();
  const job = await open(overwriting);
  expect(job.saved).toBeUndefined();
  await job.begin(description);
  expect(job.log.rows).toBe(0);
  await job.close();
});

test('a job killed before it had begun begins, one killed at the very end is complete', async () => {
  mkdirSync(state());
  writeFileSync(join(state(), 'inputs.jsonl'), 'half a li');
  writeFileSync(join(state(), 'job.json.part'), '{"ver');
  writeFileSync(join(state(), 'rows.jsonl'), 'rows of nobody\n');
  const job = await open(resuming);
  expect(job.saved).toBeUndefined();
  await job.begin(description);
  expect(job.log.rows).toBe(0);
  await job.close();
  writeFileSync(out(), 'done');
  expect(await JobFolder.open(out(), resuming)).toBeUndefined();
  expect(readdirSync(folder())).toEqual(['results.jsonl']);
});

test('one process at a time', async () => {
  const job = await open();
  await expect(open()).rejects.toMatchObject({ code: 'ERR_JOB_BUSY' });
  await expect(open(resuming)).rejects.toMatchObject({ code: 'ERR_JOB_BUSY' });
  await expect(open(overwriting)).rejects.toMatchObject({ code: 'ERR_JOB_BUSY' });
  await job.close();
  expect(existsSync(state())).toBe(false);
});

test('a table that cannot be made leaves the rows, to be made into one later', async () => {
  await interrupted();
  const job = await open(resuming);
  await job.resume(description);
  await expect(job.finish(() => Promise.reject(new Error('no room')))).rejects.toMatchObject({ code: 'ERR_WRITE' });
  await job.close();
  const again = await open(resuming);
  await again.resume(description);
  await again.finish(async (rows, output) => writeFileSync(output, readFileSync(rows, 'utf8').toUpperCase()));
  expect(readFileSync(out(), 'utf8')).toBe('{"IMAGE":"A"}\n{"IMAGE":"B"}\n');
});

test('a description that is not what was written is said to be so', async () => {
  await interrupted();
  for (const text of ['', '{', '7', '{"version":1}']) {
    writeFileSync(join(state(), 'job.json'), text);
    await expect(open(resuming)).rejects.toMatchObject({ code: 'ERR_JOB_CORRUPT' });
  }
  await (await open(overwriting)).close();
});

test('no difference is found where there is none', () => {
  expect(jobDifferences(description, structuredClone(description))).toEqual([]);
});
