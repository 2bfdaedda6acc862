// From `require` to the first answer on a decoded picture, and the memory it takes above Node's own; each time in a fresh process.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { dependency, library, root } from './library.mjs';
import { makeNetwork } from './networks.mjs';
import { least, median } from './statistics.mjs';

const folder = path.join(root, 'bench', 'models');
const script = path.join(root, 'bench', 'lib', 'answer-once.cjs');

/** MobileNet V2 1.0 with weights in float16, as models are bundled and pulled. */
async function writeHalfPrecision() {
  const { description, tensors } = await makeNetwork('mobilenet-v2-1.0-224');
  const file = path.join(folder, 'mobilenet-v2-1.0-224.float16.safetensors');
  writeFileSync(file, library('models/model-file').encodeModel(description, tensors, { weights: 'float16' }));
  return file;
}

async function writePicture() {
  const photo = dependency('sharp')(path.join(root, 'photos', 'chelsea.png'))
    .removeAlpha()
    .raw();
  const { data, info } = await photo.toBuffer({ resolveWithObject: true });
  const file = path.join(folder, 'chelsea.rgb');
  writeFileSync(file, data);
  return [file, String(info.width), String(info.height)];
}

const measures = ['require', 'load', 'answer', 'total', 'memory', 'peak'];

/** @returns {Promise<object[]>} of each model the median and the least of every measure, milliseconds and mebibytes */
export async function measureFirstAnswers(processes) {
  mkdirSync(folder, { recursive: true });
  const models = [
    { title: 'MobileNet V1 0.25 224 (bundled)', model: 'mobilenet-v1-0.25-224', runs: [] },
    { title: 'MobileNet V2 1.0 224 (float16)', model: await writeHalfPrecision(), runs: [] },
  ];
  const picture = await writePicture();
  for (let turn = 0; turn < processes; turn++) {
    for (const { model, runs } of models) {
      const line = execFileSync(process.execPath, [script, root, model, ...picture], { encoding: 'utf8' });
      runs.push(JSON.parse(line));
    }
  }
  return models.map(({ title, runs }) => ({
    title,
    processes,
    ...Object.fromEntries(
      measures.map((measure) => {
        const values = runs.map((run) => run[measure]);
        return [measure, { median: median(values), least: least(values) }];
      }),
    ),
  }));
}
