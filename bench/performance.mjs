// How fast the networks run, against other libraries in one run; README.md says what it needs.
//
//     node bench/performance.mjs [--networks mobilenet-v2-1.0-224,…] [--libraries mobilenet-metal,…] [--threads 1,2]
//                                [--rounds 10] [--turn 200] [--parts networks,start] [--write] [--from bench/results/….json]
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { measureAddon } from './lib/addon-size.mjs';
import { contenders, libraryNames } from './lib/contenders.mjs';
import { contest } from './lib/contest.mjs';
import { measureFirstAnswers } from './lib/first-answer.mjs';
import { root } from './lib/library.mjs';
import { busyProcessors, describeMachine } from './lib/machine.mjs';
import { makeModels } from './lib/make-models.mjs';
import { networkNames, titleOf } from './lib/networks.mjs';
import { publish } from './lib/publish.mjs';
import { report } from './lib/report.mjs';

const { values: options } = parseArgs({
  options: {
    networks: { type: 'string', default: networkNames.join(',') },
    libraries: { type: 'string', default: libraryNames.join(',') },
    threads: { type: 'string', default: '1,2' },
    rounds: { type: 'string', default: '10' },
    turn: { type: 'string', default: '200' },
    parts: { type: 'string', default: 'networks,start' },
    from: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});

/** Names of a list given on the command line. */
function chosen(option, known) {
  const names = options[option].split(',');
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(`--${option}: there is no ${unknown}; there are ${known.join(', ')}`);
  }
  return names;
}

function number(option, text = options[option]) {
  if (!(Number.isInteger(Number(text)) && Number(text) >= 1)) {
    throw new Error(`--${option}: expected whole numbers from 1 but found ${text}`);
  }
  return Number(text);
}

async function measureNetworks() {
  const names = chosen('networks', networkNames);
  // In the order of the list, whatever the order they were asked for: ours is the one the others are compared with.
  const asked = chosen('libraries', libraryNames);
  const taking = libraryNames.filter((name) => asked.includes(name));
  const settings = {
    threads: options.threads.split(',').map((text) => number('threads', text)),
    rounds: number('rounds'),
    turn: number('turn'),
  };
  const networks = [];
  for (const name of names) {
    console.error(`${name} …`);
    const models = await makeModels(name);
    networks.push({
      name,
      title: titleOf(name),
      macs: models.macs,
      results: await contest(contenders(models, taking), settings),
    });
  }
  return networks;
}

async function measureStart() {
  console.error('first answers …');
  return { firstAnswers: await measureFirstAnswers(number('rounds')), addon: measureAddon() };
}

/** Measures and keeps the figures, so that a page can be made of them later. */
async function measure() {
  const parts = chosen('parts', ['networks', 'start']);
  const began = new Date();
  const busy = await busyProcessors();
  const run = { date: began.toISOString().slice(0, 10), machine: describeMachine() };
  if (parts.includes('networks')) {
    run.networks = await measureNetworks();
  }
  if (parts.includes('start')) {
    Object.assign(run, await measureStart());
  }
  run.busy = Math.max(busy, await busyProcessors());
  const folder = path.join(root, 'bench', 'results');
  const file = path.join(folder, `${began.toISOString().replaceAll(':', '-')}.json`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify(run, undefined, 2)}\n`);
  console.error(`kept in ${path.relative(process.cwd(), file)}`);
  return run;
}

try {
  const run = options.from ? JSON.parse(readFileSync(options.from, 'utf8')) : await measure();
  console.log(report(run));
  if (options.write) {
    console.error(`written: ${publish(run)}`);
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
