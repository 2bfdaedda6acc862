import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import type { PictureOutcome } from '../../../lib/jobs/picture-runner';
import { openPictureRunner } from '../../../lib/jobs/pictures/open-runner';
import type { Reference } from '../../../lib/jobs/reference';
import { rowLine } from '../../../lib/jobs/rows';
import type { JobSpec } from '../../../lib/jobs/spec';
import { Classifier } from '../../../lib/tasks/classifier';
import { Embedder } from '../../../lib/tasks/embedder';

const photos = join(__dirname, '../../../photos');
const classification: JobSpec = { task: 'classify', model: 'mobilenet-v1-0.25-224', device: 'cpu' };
const named = (...names: string[]): Reference[] => names.map((name) => ({ name, image: join(photos, name) }));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(os.tmpdir(), 'mobilenet-runner-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function outcomes(spec: JobSpec, references: Reference[], first?: number): Promise<PictureOutcome[]> {
  const runner = await openPictureRunner(spec);
  try {
    const all: PictureOutcome[] = [];
    for await (const outcome of runner.run(references, { first })) {
      all.push(outcome);
    }
    return all;
  } finally {
    await runner.dispose();
  }
}

test('rows say what the task says, in the order of the pictures; pictures that fail have rows of their own', async () => {
  const references = [
    ...named('coffee.png', 'missing.png', 'chelsea.png'),
    { name: 'text', image: Buffer.from('no picture') },
    ...named('rocket.jpg'),
  ];
  const rows = (await outcomes({ ...classification, decode: 'exact', options: { topK: 2 } }, references)).map(({ row }) => row);
  expect(rows.map(({ image }) => image)).toEqual(references.map(({ name }) => name));
  await using classifier = await Classifier.load(classification.model, { device: 'cpu' });
  const { categories, width, height } = await classifier.classify(join(photos, 'chelsea.png'), { topK: 2 });
  expect(rows[2]).toEqual({ image: 'chelsea.png', width, height, categories });
  expect(rows[1]).toEqual({ image: 'missing.png', error: { code: 'ERR_IMAGE_NOT_FOUND', message: expect.any(String) } });
  expect(rows[3]).toEqual({
    image: 'text',
    error: { code: 'ERR_IMAGE_DECODE', message: expect.stringContaining("cannot decode 'text'") },
  });
});

test('rows of damaged pictures say the same in every run', async () => {
  const jpeg = await sharp(join(photos, 'rocket.jpg')).toBuffer();
  const cut = [300, 5000, 30_000].map((length) => ({ name: `cut to ${length}`, image: jpeg.subarray(0, length) }));
  const many = Array.from({ length: 12 }, () => cut).flat();
  for (const { row } of await outcomes(classification, many)) {
    expect(row).toEqual({
      image: row.image,
      error: { code: 'ERR_IMAGE_DECODE', message: `cannot decode '${row.image}': it is damaged` },
    });
  }
});

test('rows are the same bytes whatever the threads, and in every run', async () => {
  const references = named('coffee.png', 'chelsea.png', 'rocket.jpg', 'astronaut.png');
  const lines = async (spec: JobSpec) => (await outcomes(spec, references)).map(({ row }) => rowLine(row));
  const one = await lines({ ...classification, threads: 1 });
  expect(await lines({ ...classification, threads: 3, framesInFlight: 5 })).toEqual(one);
  expect(await lines(classification)).toEqual(one);
});

test('vectors are written in as few digits as give them back', async () => {
  const [{ row }] = (await outcomes({ ...classification, task: 'embed' }, named('chelsea.png'))) as [PictureOutcome];
  await using embedder = await Embedder.load(classification.model, { device: 'cpu', decode: 'fast' });
  const { embedding } = await embedder.embed(join(photos, 'chelsea.png'));
  expect(Float32Array.from((row as unknown as { embedding: number[] }).embedding)).toEqual(embedding);
});

test('masks and drawings are named by their place in the job, and listed with their row', async () => {
  const files = { mask: join(folder, 'masks'), draw: join(folder, 'drawn') };
  const spec: JobSpec = { task: 'segment', model: 'deeplab-v3-mobilenet-v2-pascal', device: 'cpu', files };
  const made = await outcomes(spec, named('chelsea.png', 'missing.png', 'chelsea.png'), 19_999);
  expect(readdirSync(files.mask)).toEqual(['0001', '0002']);
  const mask = join(files.mask, '0002', '00020001-chelsea-mask.png');
  const picture = join(files.draw, '0002', '00020001-chelsea-drawn.png');
  expect(made[2]).toMatchObject({ row: { mask, picture }, files: [mask, picture] });
  expect(made[1]?.files).toEqual([]);
  const { data, info } = await sharp(mask).raw().toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject({ width: 451, height: 300 });
  const [, , last] = made as [PictureOutcome, PictureOutcome, PictureOutcome];
  const { legend } = last.row as unknown as { legend: { index: number; pixels: number }[] };
  for (const { index, pixels } of legend) {
    expect(data.filter((value, i) => i % info.channels === 0 && value === index)).toHaveLength(pixels);
  }
  expect(await sharp(picture).metadata()).toMatchObject({ width: 451, height: 300, format: 'png' });
});

test('a folder that is gone stops the job, with the rows before it handed out', async () => {
  const root = join(folder, 'photos');
  mkdirSync(root);
  for (const name of ['a.jpg', 'b.jpg']) {
    await sharp(join(photos, 'rocket.jpg')).toFile(join(root, name));
  }
  const runner = await openPictureRunner(classification);
  async function* references() {
    yield { name: 'a.jpg', image: join(root, 'a.jpg'), root };
    yield { name: 'b.jpg', image: join(root, 'b.jpg'), root };
    // Asked for when the others are out: they are read by the time this one is.
    while (rows.length < 2) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    renameSync(root, join(folder, 'away'));
    yield { name: 'c.jpg', image: join(root, 'c.jpg'), root };
  }
  const rows: string[] = [];
  const running = (async () => {
    for await (const { row } of runner.run(references())) {
      rows.push(row.image);
    }
  })();
  await expect(running).rejects.toMatchObject({ code: 'ERR_INPUT_LOST' });
  expect(rows).toEqual(['a.jpg', 'b.jpg']);
  await runner.dispose();
});

test('what is wrong with the job is said before any picture is read', async () => {
  await expect(openPictureRunner({ ...classification, options: { topK: 0 } })).rejects.toMatchObject({
    code: 'ERR_INVALID_OPTION',
    message: expect.stringContaining('topK'),
  });
  await expect(openPictureRunner({ ...classification, options: { iouThreshold: 0.5 } })).rejects.toMatchObject({
    code: 'ERR_INVALID_OPTION',
    message: expect.stringContaining('iouThreshold'),
  });
  await expect(openPictureRunner({ ...classification, task: 'detect' })).rejects.toMatchObject({ code: 'ERR_MODEL_TASK' });
  await expect(openPictureRunner({ ...classification, model: 'mobilenet' })).rejects.toMatchObject({
    code: 'ERR_MODEL_NOT_FOUND',
  });
});

test.each([
  ['classify', 'mobilenet-v1-0.25-224', { concurrency: 4 }],
  ['classify', 'mobilenet-v1-0.25-224', { onError: 'throw' }],
  ['classify', 'mobilenet-v1-0.25-224', { signal: AbortSignal.timeout(1) }],
  ['detect', 'ssdlite-mobilenet-v2-coco', { onError: 'yield' }],
  ['segment', 'deeplab-v3-mobilenet-v2-pascal', { output: 'model' }],
  ['embed', 'mobilenet-v1-0.25-224', { concurrency: 4 }],
] as const)(
  'of %s with %s: %j is no option of a call, rather than what is wrong with each picture',
  async (task, model, options) => {
    const opening = openPictureRunner({ task, model, device: 'cpu', options: options as JobSpec['options'] });
    await expect(opening.then((runner) => runner.dispose())).rejects.toMatchObject({
      code: 'ERR_INVALID_OPTION',
      message: expect.stringContaining(`unknown option '${Object.keys(options)[0]}' of ${task}`),
    });
  },
);

test('an abort ends the work, and leaves nothing behind', async () => {
  const runner = await openPictureRunner(classification);
  const stopping = new AbortController();
  const running = (async () => {
    for await (const _ of runner.run(named('coffee.png', 'chelsea.png', 'rocket.jpg'), { signal: stopping.signal })) {
      stopping.abort(new Error('enough'));
    }
  })();
  await expect(running).rejects.toThrow('enough');
  await runner.dispose();
});
