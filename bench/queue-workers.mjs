// How much faster two workers are than one where the network takes most of the time: node bench/queue-workers.mjs [--images 600] [--rounds 3]
// Each worker is `mobilenet work --threads 1`; the pictures are a photo in many copies, segmented. Needs redis-server.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { dependency, library, root } from './lib/library.mjs';
import { freePort } from './queue/free-port.mjs';

const { values } = parseArgs({
  options: { images: { type: 'string', default: '600' }, rounds: { type: 'string', default: '3' } },
});
const images = Number(values.images);
const folder = mkdtempSync(path.join(os.tmpdir(), 'mobilenet-workers-'));
const main = path.join(root, 'dist', 'cli', 'main.js');
mkdirSync(path.join(folder, 'photos'));
// Small, so that decoding, for which a worker has threads of its own, takes next to nothing.
const photo = path.join(folder, 'photos', '0.jpg');
await dependency('sharp')(path.join(root, 'photos', 'chelsea.png'))
  .resize(300, 200)
  .jpeg()
  .toFile(photo);
for (let index = 1; index < images; index++) {
  copyFileSync(photo, path.join(folder, 'photos', `${index}.jpg`));
}

const port = await freePort();
const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''], {
  stdio: 'ignore',
});
const url = `redis://127.0.0.1:${port}`;

/** Runs one command of ours; resolves when it has ended well. */
async function mobilenet(...args) {
  const child = spawn(process.execPath, [main, ...args, '--queue', url], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [status] = await once(child, 'close');
  if (status !== 0) {
    throw new Error(`${args.join(' ')} ended with ${status}`);
  }
}

/** Small, so that it matters little at which of a worker's chunks its time begins and ends. */
const chunk = 4;
const pollMilliseconds = 10;

/** Images per second of so many workers, from the first chunk that is done to the last. */
async function rate(workers, job) {
  const { connect } = library('jobs/queue/connect');
  const { parseQueueAddress } = library('jobs/queue/address');
  const { QueueStore } = library('jobs/queue/queue-store');
  const address = parseQueueAddress(url);
  const redis = connect(address);
  const store = new QueueStore(redis, address.prefix);
  await mobilenet('submit', path.join(folder, 'photos'), '--job', job, '--task', 'segment', '--chunk', String(chunk));
  const working = Array.from({ length: workers }, () => mobilenet('work', '--threads', '1', '--until-done'));
  const doneImages = async () => (await store.job(job)).doneImages;
  // All of them are under way by then.
  let first = 0;
  while (first < workers * 10 * chunk) {
    await sleep(pollMilliseconds);
    first = await doneImages();
  }
  const began = performance.now();
  let last = first;
  // The last chunks are left out: some workers have none by then.
  while (last < images - workers * 5 * chunk) {
    await sleep(pollMilliseconds);
    last = await doneImages();
  }
  const seconds = (performance.now() - began) / 1000;
  await Promise.all(working);
  redis.disconnect();
  return (last - first) / seconds;
}

try {
  await sleep(500);
  const rates = { 1: [], 2: [] };
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const workers of [1, 2]) {
      rates[workers].push(await rate(workers, `round-${round}-${workers}`));
    }
  }
  const best = (workers) => Math.max(...rates[workers]);
  console.log(
    `one worker: ${best(1).toFixed(1)} images per second; two: ${best(2).toFixed(1)}; ratio ${(best(2) / best(1)).toFixed(2)}`,
  );
} finally {
  server.kill('SIGTERM');
  await once(server, 'close');
  rmSync(folder, { recursive: true, force: true });
}
