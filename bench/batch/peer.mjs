// The script a competent person writes with sharp and onnxruntime-node: so many pictures at a time, decoded and shrunk by libvips with its
// shrink-on-load, one row of JSON for each. Prints what it took.

import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import process from 'node:process';
import ort from 'onnxruntime-node';
import { dependency } from '../lib/library.mjs';
import { peakMemory } from './peak-memory.mjs';

const { model, list, out, size, concurrency, threads, labels } = JSON.parse(process.argv[2]);
const sharp = dependency('sharp');
sharp.cache(false);
sharp.concurrency(1);

const session = await ort.InferenceSession.create(model, {
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  graphOptimizationLevel: 'all',
});
const [inputName] = session.inputNames;
const [outputName] = session.outputNames;
const plane = size * size;

async function classify(file) {
  const pixels = await sharp(file)
    .autoOrient()
    .resize(size, size, { fit: 'fill' })
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer();
  const input = new Float32Array(plane * 3);
  for (let pixel = 0; pixel < plane; pixel++) {
    input[pixel] = pixels[pixel * 3] / 127.5 - 1;
    input[plane + pixel] = pixels[pixel * 3 + 1] / 127.5 - 1;
    input[2 * plane + pixel] = pixels[pixel * 3 + 2] / 127.5 - 1;
  }
  const results = await session.run({ [inputName]: new ort.Tensor('float32', input, [1, 3, size, size]) });
  return best(results[outputName].data);
}

/** Softmax and the five best. */
function best(logits) {
  const largest = logits.reduce((a, b) => Math.max(a, b));
  let sum = 0;
  const top = [];
  for (let index = 0; index < logits.length; index++) {
    sum += Math.exp(logits[index] - largest);
    if (top.length < 5 || logits[index] > top[4].logit) {
      top.push({ index, logit: logits[index] });
      top.sort((a, b) => b.logit - a.logit);
      top.length = Math.min(top.length, 5);
    }
  }
  return top.map(({ index, logit }) => ({
    index,
    label: labels?.[index] ?? `class ${index}`,
    score: Math.exp(logit - largest) / sum,
  }));
}

const files = readFileSync(list, 'utf8').trim().split('\n');
await classify(files[0]);
const began = performance.now();
const cpu = process.cpuUsage();
const rows = new Array(files.length);
let next = 0;
async function lane() {
  while (next < files.length) {
    const index = next++;
    try {
      rows[index] = { image: files[index], categories: await classify(files[index]) };
    } catch (error) {
      rows[index] = { image: files[index], error: { message: error.message } };
    }
  }
}
await Promise.all(Array.from({ length: concurrency }, lane));
const output = createWriteStream(out);
for (const row of rows) {
  if (!output.write(`${JSON.stringify(row)}\n`)) {
    await once(output, 'drain');
  }
}
output.end();
await once(output, 'finish');
const { user, system } = process.cpuUsage(cpu);
const seconds = (performance.now() - began) / 1000;
const peakMebibytes = peakMemory();
console.log(JSON.stringify({ images: files.length, seconds, cpuSeconds: (user + system) / 1e6, peakMebibytes }));
