// Puts a million references through the queue on a Redis of its own, inference stubbed by a timer, and reports memory and rate:
//
//     node bench/queue-load.mjs [--images 1000000] [--workers 2] [--milliseconds 0.1] [--max-pending 1000] [--max-results 64]
//
// Needs redis-server. Submitting, working and collecting go on at the same time, as they would.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { library } from './lib/library.mjs';
import { freePort } from './queue/free-port.mjs';

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '1000000' },
    workers: { type: 'string', default: '2' },
    milliseconds: { type: 'string', default: '0.1' },
    'max-pending': { type: 'string', default: '1000' },
    'max-results': { type: 'string', default: '64' },
  },
});
const images = Number(values.images);
const here = path.dirname(fileURLToPath(import.meta.url));
const folder = mkdtempSync(path.join(os.tmpdir(), 'mobilenet-load-'));
const out = path.join(folder, 'results.jsonl');

async function* names() {
  for (let first = 0; first < images; first += 1000) {
    const block = Array.from(
      { length: Math.min(1000, images - first) },
      (_, index) => `/share/photos/2026/${String(first + index).padStart(9, '0')}.jpg`,
    );
    yield `${block.join('\n')}\n`;
  }
}

async function countLines(file) {
  let lines = 0;
  for await (const chunk of createReadStream(file)) {
    for (const byte of chunk) {
      lines += byte === 10 ? 1 : 0;
    }
  }
  return lines;
}

const port = await freePort();
const redisArguments = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes', '--save', ''];
const server = spawn('redis-server', redisArguments, { stdio: 'ignore' });
const workers = [];
try {
  await sleep(500);
  const { connect } = library('jobs/queue/connect');
  const { parseQueueAddress } = library('jobs/queue/address');
  const { submitJob } = library('jobs/queue/submit');
  const { collectJob } = library('jobs/queue/collect-job');
  const { queueStatus } = library('jobs/queue/status');
  const url = `redis://127.0.0.1:${port}`;
  const address = parseQueueAddress(url);
  const connections = Array.from({ length: 3 }, () => connect(address));
  const [submitting, collecting, watching] = connections;

  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  for (let worker = 0; worker < Number(values.workers); worker++) {
    const script = path.join(here, 'queue', 'stub-worker.mjs');
    workers.push(spawn(process.execPath, [script, url, values.milliseconds], { stdio: ['ignore', 'inherit', 'inherit'] }));
  }
  let submitted;
  const submission = submitJob(submitting, address, {
    ...{ inputs: ['-'], list: names(), job: 'load', spec: { task: 'classify', model: 'stub' }, model: 'ab'.repeat(32) },
    maxPending: Number(values['max-pending']),
    maxWaitingBytes: Number(values['max-results']) * 2 ** 20,
  }).then(() => {
    submitted = seconds();
  });
  while ((await queueStatus(watching, address)).jobs.length === 0) {
    await sleep(50);
  }
  const listed = seconds();
  let done = false;
  const collection = collectJob(collecting, address, {
    ...{ job: 'load', out, overwrite: false, keep: true, signal: new AbortController().signal },
  }).finally(() => {
    done = true;
  });
  let peak = 0;
  let peakWaiting = 0;
  while (!done) {
    const { jobs, memoryBytes } = await queueStatus(watching, address);
    peak = Math.max(peak, memoryBytes);
    peakWaiting = Math.max(peakWaiting, jobs[0]?.waitingBytes ?? 0);
    await sleep(250);
  }
  const { rows, complete } = await collection;
  await submission;
  const total = seconds();
  const mebibytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  console.log(
    `${rows} rows, complete: ${complete}, lines in the output: ${await countLines(out)} (${mebibytes(statSync(out).size)})`,
  );
  console.log(
    `listed in ${listed.toFixed(1)} s, submitted after ${submitted.toFixed(1)} s, collected after ${total.toFixed(1)} s`,
  );
  console.log(
    `${Math.round(rows / (total - listed))} images per second from the first chunk to the last row, ${values.workers} workers`,
  );
  console.log(
    `Redis: ${mebibytes(peak)} at most, of them ${mebibytes(peakWaiting)} rows; this process: ${mebibytes(process.resourceUsage().maxRSS * 1024)}`,
  );
  const { jobs, memoryBytes } = await queueStatus(watching, address);
  console.log(`afterwards: ${mebibytes(memoryBytes)}, ${mebibytes(jobs[0]?.waitingBytes ?? 0)} rows`);
  const commands = Number(/total_commands_processed:(\d+)/.exec(await watching.info('stats'))[1]);
  console.log(`${Math.round(commands / jobs[0].chunks)} commands a chunk`);
  for (const connection of connections) {
    connection.disconnect();
  }
} finally {
  for (const worker of workers) {
    worker.kill('SIGTERM');
    await once(worker, 'close');
  }
  server.kill('SIGTERM');
  await once(server, 'close');
  rmSync(folder, { recursive: true, force: true });
}
