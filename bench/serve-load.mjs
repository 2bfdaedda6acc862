// Puts `mobilenet serve` under load, and checks every answer:
//
//     node bench/serve-load.mjs [--clients 64] [--seconds 120] [--broken 0.2]
//
// Each client asks for a classification, a detection or a segmentation of one of the sample photos, and when it has the answer, for the next one. One picture
// in five is broken, each in its own way. Right answers are those that the API gives in this process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '64' },
    seconds: { type: 'string', default: '120' },
    broken: { type: 'string', default: '0.2' },
  },
});
const clients = Number(values.clients);
const seconds = Number(values.seconds);
const share = Number(values.broken);
const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const { Classifier, Detector, Segmenter } = require(path.join(root, 'dist', 'index.js'));
const sharp = createRequire(path.join(root, 'package.json'))('sharp');

const onProcessor = { device: 'cpu' };
/** Six in ten are classified, three detected, one segmented. */
const tasks = ['classify', 'classify', 'detect', 'classify', 'segment', 'detect', 'classify', 'classify', 'detect', 'classify'];
const names = ['astronaut.png', 'chelsea.png', 'coffee.png', 'rocket.jpg'];

/** The sample photos as cameras and phones make them: JPEGs of three sizes. */
async function makePhotos() {
  const widths = [320, 1024, 2048];
  const sources = names.map((name) => readFileSync(path.join(root, 'photos', name)));
  return Promise.all(
    sources.flatMap((source) => widths.map((width) => sharp(source).resize(width).jpeg({ quality: 88 }).toBuffer())),
  );
}

const ways = [
  (photo) => photo.subarray(0, photo.length >> 1),
  (photo) => photo.subarray(200),
  () => Buffer.from('<html>not a picture</html>'),
  (photo) => Buffer.concat([photo.subarray(0, 600), Buffer.alloc(photo.length - 600)]),
];

const lasting = ({ timing: _, classMap: __, ...rest }) => rest;

/** What each photo's answers must be, by task: from the API, in this process. */
async function rightAnswers(photos) {
  const loaded = {
    classify: await Classifier.load('mobilenet-v1-0.25-224', onProcessor),
    detect: await Detector.load('ssdlite-mobilenet-v2-coco', onProcessor),
    segment: await Segmenter.load('deeplab-v3-mobilenet-v2-pascal', onProcessor),
  };
  const answers = {};
  for (const [task, model] of Object.entries(loaded)) {
    answers[task] = [];
    for (const photo of photos) {
      answers[task].push(JSON.parse(JSON.stringify(lasting(await model[task](photo)))));
    }
    await model.dispose();
  }
  return answers;
}

function startServer() {
  const main = path.join(root, 'dist', 'cli', 'main.js');
  return spawn(process.execPath, [main, 'serve', '--port', '0', '--device', 'cpu', '--no-page'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function figure(url, name) {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
}

const mebibytes = async (url) => Math.round((await figure(url, 'process_resident_memory_bytes')) / 2 ** 20);
const percentile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];

const photos = await makePhotos();
const right = await rightAnswers(photos);
const server = startServer();
const [line] = await once(createInterface(server.stdout), 'line');
const url = /http:\S+/.exec(line)[0];
const times = { classify: [], detect: [], segment: [], broken: [] };
const wrong = [];
const statuses = {};
let asked = 0;

async function askOnce(number) {
  const task = tasks[number % tasks.length];
  const index = (number * 7) % photos.length;
  const broken = (number * 7919) % 1000 < share * 1000;
  const body = broken ? ways[number % ways.length](photos[index]) : photos[index];
  const started = performance.now();
  const response = await fetch(`${url}/v1/${task}${task === 'segment' ? '?classMap=none' : ''}`, { method: 'POST', body });
  const answer = await response.json();
  times[broken ? 'broken' : task].push(performance.now() - started);
  statuses[response.status] = (statuses[response.status] ?? 0) + 1;
  const good = broken
    ? response.status === 422 && answer.error.code === 'ERR_IMAGE_DECODE'
    : response.status === 200 && isDeepStrictEqual(lasting(answer), right[task][index]);
  if (!good) {
    wrong.push({ task, index, broken, status: response.status, answer: JSON.stringify(answer).slice(0, 300) });
  }
}

const until = performance.now() + seconds * 1000;
const memory = [];
const lags = [];
const watch = setInterval(async () => {
  memory.push(await mebibytes(url).catch(() => 0));
  // Of the time since it was last asked for.
  lags.push(await figure(url, 'nodejs_eventloop_lag_p99_seconds').catch(() => 0));
}, 5000);
const client = async () => {
  while (performance.now() < until) {
    await askOnce(asked++);
  }
};
await Promise.all(Array.from({ length: clients }, client));
clearInterval(watch);
await sleep(1000);
const left = { pictures: await figure(url, 'mobilenet_pictures_in_work'), bytes: await figure(url, 'mobilenet_body_bytes') };
memory.push(await mebibytes(url));
server.kill('SIGTERM');
const [code] = await once(server, 'exit');

console.log(
  `${asked} requests of ${clients} clients in ${seconds} s: ${(asked / seconds).toFixed(1)} a second; statuses`,
  statuses,
);
console.table(
  Object.fromEntries(
    Object.entries(times).map(([name, all]) => {
      const sorted = all.sort((a, b) => a - b);
      const of = (part) => Math.round(percentile(sorted, part));
      return [name, { answers: sorted.length, 'median ms': of(0.5), 'p99 ms': of(0.99), 'longest ms': of(1) }];
    }),
  ),
);
console.log(`memory in MiB, every 5 s: ${memory.join(' ')}`);
console.log(
  `event loop of the server, p99: ${(Math.max(...lags) * 1000).toFixed(1)} ms at most; left in it: ${JSON.stringify(left)}; exit code ${code}`,
);
console.log(wrong.length === 0 ? 'every answer was right' : `${wrong.length} wrong answers, among them`, wrong.slice(0, 3));
process.exitCode = wrong.length === 0 && code === 0 ? 0 : 1;
