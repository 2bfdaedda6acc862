import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeCsv } from '../../../lib/jobs/export/csv';
import { formatOf } from '../../../lib/jobs/export/format';
import type { JobTask } from '../../../lib/jobs/spec';
import { errorOf, matching } from '../../error-of';
import { folderOfEachTest } from '../temporary-folder';

const folder = folderOfEachTest();

async function table(rows: object[], task: JobTask): Promise<string[]> {
  const source = join(folder(), 'rows.jsonl');
  const output = join(folder(), 'out.csv');
  writeFileSync(source, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  await writeCsv(source, output, task);
  return readFileSync(output, 'utf8').split('\n').slice(0, -1);
}

const failed = { image: 'b.jpg', error: { code: 'ERR_IMAGE_DECODE', message: 'cannot decode "b.jpg", it is damaged' } };
const size = { width: 4, height: 3 };

test('as many categories as there are at most, and what must be quoted quoted', async () => {
  const rows = [
    failed,
    { image: '=a,b.jpg', ...size, categories: [{ index: 1, label: 'one', score: 0.5 }] },
    {
      ...{ image: 'line\nbreak.jpg', ...size },
      categories: [
        { index: 1, label: 'tabby, tabby cat', score: 1 },
        { index: 2, label: 'say "two"', score: 0 },
      ],
    },
    { image: 'none.jpg', ...size, categories: [] },
  ];
  expect(await table(rows, 'classify')).toEqual([
    'image,width,height,error_code,error_message,label_1,index_1,score_1,label_2,index_2,score_2',
    'b.jpg,,,ERR_IMAGE_DECODE,"cannot decode ""b.jpg"", it is damaged",,,,,,',
    '"=a,b.jpg",4,3,,,one,1,0.5,,,',
    '"line',
    'break.jpg",4,3,,,"tabby, tabby cat",1,1,"say ""two""",2,0',
    'none.jpg,4,3,,,,,,,,',
  ]);
});

test('a line for each detection, one for a picture without', async () => {
  const box = { x: 1, y: 2.5, width: 3, height: 4 };
  const rows = [
    {
      image: 'a.jpg',
      ...size,
      detections: [
        { index: 1, label: 'cat', score: 0.5, box },
        { index: 2, label: 'dog', score: 0.25, box },
      ],
    },
    { image: 'none.jpg', ...size, detections: [], picture: 'drawn/none.png' },
    failed,
  ];
  expect((await table(rows, 'detect')).slice(1)).toEqual([
    'a.jpg,4,3,,,1,cat,1,0.5,1,2.5,3,4,',
    'a.jpg,4,3,,,2,dog,2,0.25,1,2.5,3,4,',
    'none.jpg,4,3,,,,,,,,,,,drawn/none.png',
    'b.jpg,,,ERR_IMAGE_DECODE,"cannot decode ""b.jpg"", it is damaged",,,,,,,,,',
  ]);
});

test('a line for each class, a column for each number of a vector', async () => {
  const legend = [{ index: 8, label: 'cat', color: [1, 2, 3], pixels: 12 }];
  expect(await table([{ image: 'a.jpg', ...size, legend, mask: 'm.png' }, failed], 'segment')).toEqual([
    'image,width,height,error_code,error_message,label,index,pixels,mask,picture',
    'a.jpg,4,3,,,cat,8,12,m.png,',
    'b.jpg,,,ERR_IMAGE_DECODE,"cannot decode ""b.jpg"", it is damaged",,,,,',
  ]);
  const embedding = [0.5, -1, 1e-7];
  expect(await table([failed, { image: 'a.jpg', ...size, embedding, shape: {}, layer: 'pool' }], 'embed')).toEqual([
    'image,width,height,error_code,error_message,layer,embedding_0,embedding_1,embedding_2',
    'b.jpg,,,ERR_IMAGE_DECODE,"cannot decode ""b.jpg"", it is damaged",,,,',
    'a.jpg,4,3,,,pool,0.5,-1,1e-7',
  ]);
});

test('rows that are none are said to be so', async () => {
  writeFileSync(join(folder(), 'rows.jsonl'), '{"image":"a"}\n{"im');
  await expect(writeCsv(join(folder(), 'rows.jsonl'), join(folder(), 'out.csv'), 'classify')).rejects.toMatchObject({
    code: 'ERR_JOB_CORRUPT',
    message: expect.stringContaining('row 2'),
  });
});

test('the format is what is asked for, or what the name says', () => {
  expect(['a.jsonl', 'a.NDJSON', 'a.csv', 'b.parquet'].map((name) => formatOf(name))).toEqual([
    'jsonl',
    'jsonl',
    'csv',
    'parquet',
  ]);
  expect(formatOf('a.txt', 'csv')).toBe('csv');
  expect(errorOf(() => formatOf('a.json'))).toMatch(matching('ERR_INVALID_OPTION', '.parquet', 'a.json'));
  expect(errorOf(() => formatOf('a.csv', 'cvs'))).toMatch(matching('ERR_INVALID_OPTION', "did you mean 'csv'?"));
});
