import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JobTask } from '../../../lib/jobs/spec';
import { built } from '../../cli/run-cli';
import { folderOfEachTest } from '../temporary-folder';

const folder = folderOfEachTest();
const dist = join(__dirname, '../../../dist');
const whenBuilt = built ? test : test.skip;

/** Converts rows with the built package, as the library for Parquet is an ES module, and reads them back with another library. */
function roundTrip(rows: object[], task: JobTask, name = 'out.parquet'): { groups: number; rows: Record<string, unknown>[] } {
  const source = join(folder(), 'rows.jsonl');
  const output = join(folder(), name);
  writeFileSync(source, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const script = `require(${JSON.stringify(join(dist, 'jobs/export/parquet.js'))}).writeParquet(...process.argv.slice(1))`;
  execFileSync(process.execPath, ['-e', script, source, output, task], { stdio: 'inherit' });
  const text = execFileSync(process.execPath, [join(__dirname, 'read-parquet.mjs'), output], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  return JSON.parse(text);
}

const failed = { image: 'b.jpg', error: { code: 'ERR_IMAGE_DECODE', message: 'cannot decode' } };
const failedRow = { image: 'b.jpg', width: null, height: null, error_code: 'ERR_IMAGE_DECODE', error_message: 'cannot decode' };
const done = { error_code: null, error_message: null };

whenBuilt('classifications', () => {
  const categories = [
    { index: 3, label: 'cat', score: 0.75 },
    { index: 900, label: 'Zunge "ä"', score: 0.125 },
  ];
  const rows = [
    { image: 'a.jpg', width: 4, height: 3, categories },
    failed,
    { image: 'ü.jpg', width: 1, height: 1, categories: [] },
  ];
  expect(roundTrip(rows, 'classify')).toEqual({
    groups: 1,
    rows: [
      { image: 'a.jpg', width: 4, height: 3, ...done, categories },
      { ...failedRow, categories: null },
      { image: 'ü.jpg', width: 1, height: 1, ...done, categories: [] },
    ],
  });
});

whenBuilt('detections', () => {
  const detections = [{ index: 17, label: 'cat', score: 0.5, box: { x: 0.1, y: 2.25, width: 100.7, height: 3 } }];
  const rows = [{ image: 'a.jpg', width: 4, height: 3, detections, picture: 'drawn/a.png' }, failed];
  expect(roundTrip(rows, 'detect').rows).toEqual([
    { image: 'a.jpg', width: 4, height: 3, ...done, detections, picture: 'drawn/a.png' },
    { ...failedRow, detections: null, picture: null },
  ]);
});

whenBuilt('legends', () => {
  const legend = [
    { index: 8, label: 'cat', color: [64, 0, 0], pixels: 12 },
    { index: 0, label: 'background', color: [0, 0, 0], pixels: 3 },
  ];
  const rows = [{ image: 'a.jpg', width: 5, height: 3, legend, mask: 'masks/a.png' }, failed];
  expect(roundTrip(rows, 'segment').rows).toEqual([
    { image: 'a.jpg', width: 5, height: 3, ...done, legend, mask: 'masks/a.png', picture: null },
    { ...failedRow, legend: null, mask: null, picture: null },
  ]);
});

whenBuilt('vectors, in groups of bounded size', () => {
  const rows = Array.from({ length: 300 }, (_, place) => ({
    ...{ image: `${place}.jpg`, width: 1, height: 1 },
    embedding: Array.from({ length: 10_000 }, (__, index) => Math.fround((place + 1) / (index + 1))),
    shape: { height: 1, width: 1, channels: 10_000 },
    layer: 'pool',
  }));
  const read = roundTrip(rows, 'embed');
  expect(read.groups).toBe(2);
  expect(read.rows).toEqual(
    rows.map(({ shape: _, embedding, ...row }) => ({ ...row, ...done, shape: [1, 1, 10_000], embedding })),
  );
});

whenBuilt('no rows at all, and the same bytes each time', () => {
  expect(roundTrip([], 'classify').rows).toEqual([]);
  roundTrip([failed], 'classify', 'one.parquet');
  roundTrip([failed], 'classify', 'two.parquet');
  expect(readFileSync(join(folder(), 'one.parquet')).equals(readFileSync(join(folder(), 'two.parquet')))).toBe(true);
});
