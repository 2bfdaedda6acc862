// Batch classification of camera-sized JPEGs: ours (runJob) against the script a competent person writes with sharp and onnxruntime-node
// (batch/peer.mjs), in turns in one run, on the same files with the same weights.
//
//     node bench/batch-jobs.mjs [--images 1000] [--rounds 3] [--flat 100,1000,10000]
//
// The other script gets the number of pictures at a time and of threads that it is fastest with here, found beforehand.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makePhotos } from './batch/photos.mjs';
import { root } from './lib/library.mjs';
import { busyProcessors, describeMachine } from './lib/machine.mjs';
import { makeModels } from './lib/make-models.mjs';
import { least, median } from './lib/statistics.mjs';

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
    flat: { type: 'string', default: '100,1000,10000' },
  },
});
const count = Number(values.images);
const rounds = Number(values.rounds);
const here = path.dirname(fileURLToPath(import.meta.url));
const work = path.join(root, 'bench', 'results', 'batch');
const tuningImages = 200;
const size = 224;

/** Runs one contender as a process; its own figures, and the seconds from its start to its end. */
function run(script, options) {
  const began = performance.now();
  const output = execFileSync(process.execPath, [path.join(here, 'batch', script), JSON.stringify(options)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const whole = (performance.now() - began) / 1000;
  const result = JSON.parse(output.trim().split('\n').at(-1));
  return { ...result, whole, rate: result.images / whole, cpuMilliseconds: (result.cpuSeconds * 1000) / result.images };
}

/** Saves a list of so many pictures, beginning anew where there are fewer. */
function saveList(files, length) {
  const list = path.join(work, `list-${length}`);
  writeFileSync(list, Array.from({ length }, (_, index) => `${files[index % files.length]}\n`).join(''));
  return list;
}

const ours = (files, list) => run('ours.mjs', { model: files.model, list, out: path.join(work, 'ours.jsonl') });
const peer = (files, list, tuned) =>
  run('peer.mjs', { ...tuned, model: files.onnx, list, out: path.join(work, 'peer.jsonl'), size });

/** What the other script is fastest with. */
function tune(files, list) {
  const choices = [2, 4, 8, 16].flatMap((concurrency) => [1, 2].map((threads) => ({ concurrency, threads })));
  const rates = choices.map((choice) => Math.max(peer(files, list, choice).rate, peer(files, list, choice).rate));
  return choices[rates.indexOf(Math.max(...rates))];
}

/** How many pictures have the same best class in both outputs. */
function agreement() {
  const best = (name) =>
    readFileSync(path.join(work, name), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).categories?.[0]?.index);
  const [one, other] = [best('ours.jsonl'), best('peer.jsonl')];
  return one.filter((index, i) => index === other[i]).length / one.length;
}

const fixed = (number, digits) => number.toFixed(digits);

function summary(name, runs) {
  const rates = runs.map(({ rate }) => rate);
  const cpu = runs.map(({ cpuMilliseconds }) => cpuMilliseconds);
  const peak = Math.max(...runs.map(({ peakMebibytes }) => peakMebibytes));
  const cells = [name, fixed(Math.max(...rates), 1), fixed(median(rates), 1), fixed(least(cpu), 2), fixed(peak, 0)];
  return `| ${cells.join(' | ')} |`;
}

mkdirSync(work, { recursive: true });
console.log(describeMachine(), `others keep ${fixed(await busyProcessors(), 2)} processors busy`);
const photos = await makePhotos(count);
const list = saveList(photos, count);
const short = saveList(photos, Math.min(count, tuningImages));

for (const name of ['mobilenet-v2-1.0-224', 'mobilenet-v1-0.25-224']) {
  const { files } = await makeModels(name);
  const tuned = tune(files, short);
  const results = { ours: [], peer: [] };
  for (let round = 0; round < rounds; round++) {
    const turns = [() => results.ours.push(ours(files, list)), () => results.peer.push(peer(files, list, tuned))];
    for (const turn of round % 2 === 0 ? turns : turns.reverse()) {
      turn();
    }
  }
  console.log(`\n${name}, ${count} JPEGs of 1 to 12 megapixels; the other script with`, tuned);
  console.log('| | images per second, best | median | processor ms per image, least | peak MiB |\n|---|---|---|---|---|');
  console.log(summary('mobilenet-metal, runJob', results.ours));
  console.log(summary('sharp + onnxruntime-node', results.peer));
  const ratio = Math.max(...results.ours.map(({ rate }) => rate)) / Math.max(...results.peer.map(({ rate }) => rate));
  console.log(`ratio of the best rates: ${fixed(ratio, 2)}; same best class: ${fixed(agreement() * 100, 1)} %`);
  const { threads, stages, images } = results.ours.at(-1);
  const programs = Array.from({ length: rounds }, () =>
    run('ours.mjs', { model: files.model, list, out: path.join(work, 'ours.jsonl'), asProgram: true }),
  );
  const each = (record, factor) =>
    Object.entries(record ?? {})
      .map(([key, value]) => `${key} ${fixed((value * factor) / images, 2)}`)
      .join(', ');
  console.log(`ours, processor ms per image by threads: ${each(threads, 1000)}; by stages, ms: ${each(stages, 1)}`);
  const delays = programs.map(({ longestDelay }) => fixed(longestDelay, 1));
  const best = fixed(Math.max(...programs.map(({ rate }) => rate)), 1);
  console.log(
    `in a program that uses runJob: longest delays of its event loop ${delays.join(', ')} ms, ${best} images per second`,
  );
  for (const length of values.flat.split(',').filter(Boolean).map(Number)) {
    const runs = Array.from({ length: length > 5000 ? 1 : rounds }, () => ours(files, saveList(photos, length)));
    const wall = least(runs.map(({ seconds }) => (seconds * 1000) / length));
    const cpu = least(runs.map(({ cpuMilliseconds }) => cpuMilliseconds));
    const peak = Math.max(...runs.map(({ peakMebibytes }) => peakMebibytes));
    console.log(`${length} images: ${fixed(wall, 3)} ms each, ${fixed(cpu, 2)} ms of processor time, peak ${fixed(peak, 0)} MiB`);
  }
}
