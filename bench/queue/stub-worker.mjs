// A worker whose pictures take a timer's time: node stub-worker.mjs URL MILLISECONDS-PER-IMAGE
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { library } from '../lib/library.mjs';

const { connect } = library('jobs/queue/connect');
const { parseQueueAddress } = library('jobs/queue/address');
const { workOnQueue } = library('jobs/queue/work');
const { noTimes } = library('jobs/pictures/stage-times');

const [url, milliseconds] = process.argv.slice(2);
const address = parseQueueAddress(url);
const labels = ['Egyptian cat', 'tabby, tabby cat', 'tiger cat', 'lynx, catamount', 'Persian cat'];

/** A row as long as a real one. */
function row({ name }, place) {
  const categories = labels.map((label, rank) => ({
    index: 281 + rank,
    label,
    score: Math.fround(1 / (rank + 1.5 + (place % 997) / 997)),
  }));
  return { image: name, width: 4032, height: 3024, categories };
}

const runner = {
  modelHash: 'ab'.repeat(32),
  device: 'stub',
  times: noTimes(),
  async *run(references, { first = 0 } = {}) {
    const all = [...references];
    await sleep(all.length * Number(milliseconds));
    for (const [index, reference] of all.entries()) {
      yield { row: row(reference, first + index), files: [] };
    }
  },
  async dispose() {},
};

const ending = new AbortController();
process.on('SIGTERM', () => ending.abort());
const connections = [connect(address), connect(address)];
await workOnQueue(...connections, address, {
  open: async () => runner,
  own: {},
  untilDone: false,
  signal: ending.signal,
  say: (text) => console.error(text),
});
for (const connection of connections) {
  connection.disconnect();
}
