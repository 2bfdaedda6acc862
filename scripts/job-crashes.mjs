// Interrupts batch jobs in every way and lets them go on: however it ended, the output must be that of an undisturbed run, byte by byte.
//
//     node scripts/job-crashes.mjs [--kills 30] [--seed 1]
//
// Kills by SIGKILL at random moments, a disk that fills up (a small tmpfs, where one may be mounted), an input folder that goes away and comes
// back, two processes with one output. The last line is "N passed, N failed, N skipped".
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { create } from 'tar';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const sharp = createRequire(import.meta.url)('sharp');
const main = path.join(root, 'dist', 'cli', 'main.js');
const { kills, seed } = parseArgs({
  options: { kills: { type: 'string', default: '30' }, seed: { type: 'string', default: '1' } },
}).values;

const folder = mkdtempSync(path.join(os.tmpdir(), 'mobilenet-crashes-'));
const photos = path.join(folder, 'photos');
const counts = { passed: 0, failed: 0, skipped: 0 };

let state = Number(seed) >>> 0;
/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function random() {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

/** Pictures in three folders, one in fifty of them broken; large enough for the job to take a second or two. */
async function makePhotos(count) {
  const sources = ['astronaut.png', 'chelsea.png', 'coffee.png', 'rocket.jpg'].map((name) => path.join(root, 'photos', name));
  for (let index = 0; index < count; index++) {
    const below = path.join(photos, String(index % 3));
    mkdirSync(below, { recursive: true });
    const size = 600 + Math.floor(random() * 1200);
    const picture = await sharp(sources[index % sources.length])
      .removeAlpha()
      .resize(size, size)
      .jpeg()
      .toBuffer();
    const bytes = index % 50 === 17 ? picture.subarray(0, 300) : picture;
    writeFileSync(path.join(below, `${index}.jpg`), bytes);
  }
}

function start(args) {
  const child = spawn(process.execPath, [main, 'batch', ...args], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const done = once(child, 'close').then(([status, signal]) => ({ status, signal, stderr }));
  return { child, done };
}

/** Runs a job to its end; 1 is the status where pictures failed, which some always do. */
async function run(args) {
  const { status, stderr } = await start(args).done;
  if (status !== 1 || !stderr.includes('the rows are in')) {
    throw new Error(`the job ended with ${status}: ${stderr}`);
  }
}

/** All files a job made, by their names in its folder. */
function filesIn(place) {
  const names = readdirSync(place, { recursive: true }).map(String).sort();
  return new Map(
    names.filter((name) => statSync(path.join(place, name)).isFile()).map((name) => [name, readFileSync(path.join(place, name))]),
  );
}

/** Says what differs between what two jobs made. */
function difference(found, expected) {
  const names = new Set([...found.keys(), ...expected.keys()]);
  for (const name of names) {
    const [one, other] = [found.get(name), expected.get(name)];
    if (!one || !other) {
      return `${name} is ${one ? 'too many' : 'missing'}`;
    }
    if (!one.equals(other)) {
      return `${name} differs`;
    }
  }
  return undefined;
}

async function test(title, work) {
  const began = performance.now();
  try {
    await work();
    counts.passed++;
    console.log(`passed ${title} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  } catch (error) {
    counts.failed++;
    console.log(`FAILED ${title}: ${error.message}`);
  }
}

function skip(title, why) {
  counts.skipped++;
  console.log(`SKIPPED ${title}: ${why}`);
}

function expect(condition, message) {
  if (!condition) {
    throw new Error(message);
  }
}

/** The jobs that are killed: what they do, and how many of the kills each gets. */
const jobs = [
  { name: 'classify', share: 0.6, args: [photos, '--out', 'results.jsonl'] },
  { name: 'embed', share: 0.1, args: [photos, '--task', 'embed', '--out', 'vectors.parquet'] },
  { name: 'archive', share: 0.1, args: ['photos.tar', '--out', 'results.csv'] },
  {
    name: 'detect',
    share: 0.1,
    args: [path.join(photos, '0'), '--task', 'detect', '--draw', 'drawn', '--out', 'boxes.jsonl'],
  },
  {
    name: 'segment',
    share: 0.1,
    args: [path.join(photos, '1', '{1,2}*.jpg'), '--task', 'segment', '--mask', 'masks', '--out', 'classes.csv'],
  },
];

/** Runs a job in a folder of its own, where all its paths lead. */
const placed = (place, args) =>
  args.map((arg) => (/^(results|vectors|boxes|classes|drawn|masks)/.test(arg) ? `${place}/${arg}` : arg));

async function undisturbed({ name, args }) {
  // Every run has the same paths in its rows: the folder is renamed once it is done.
  mkdirSync(path.join(folder, 'now'));
  const began = performance.now();
  await run(placed('now', args));
  const milliseconds = performance.now() - began;
  const files = filesIn(path.join(folder, 'now'));
  renameSync(path.join(folder, 'now'), path.join(folder, `whole-${name}`));
  return { files, milliseconds };
}

async function killAndResume({ args }, { files, milliseconds }) {
  const place = path.join(folder, 'now');
  mkdirSync(place);
  try {
    let killed = 0;
    for (;;) {
      const { child, done } = start([...placed('now', args), '--resume']);
      const wait = sleep(random() * milliseconds * 1.1);
      await Promise.race([wait, done]);
      child.kill('SIGKILL');
      const { status, signal, stderr } = await done;
      if (signal === 'SIGKILL') {
        killed++;
        continue;
      }
      // 0: it had been complete when it was killed.
      expect(status === 1 || (status === 0 && stderr.includes('complete already')), `it ended with ${status}: ${stderr}`);
      break;
    }
    const differs = difference(filesIn(place), files);
    expect(differs === undefined, `after ${killed} kills ${differs}`);
    return killed;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

async function killJobs() {
  let total = 0;
  for (const job of jobs) {
    const whole = await undisturbed(job);
    const rounds = Math.max(1, Math.round(Number(kills) * job.share));
    await test(`${job.name}: ${rounds} runs killed until they were done`, async () => {
      for (let round = 0; round < rounds; round++) {
        total += await killAndResume(job, whole);
      }
    });
  }
  console.log(`${total} processes were killed`);
}

async function fillDisk() {
  const title = 'a disk that fills up';
  const disk = path.join(folder, 'disk');
  mkdirSync(disk);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=160k', 'tmpfs', disk]).status !== 0) {
    skip(title, 'no tmpfs may be mounted here');
    return;
  }
  try {
    await test(title, async () => {
      const args = [photos, '--out', path.join(disk, 'results.jsonl')];
      const first = await start(args).done;
      expect(first.status === 1 && first.stderr.includes('ERR_WRITE'), `it ended with ${first.status}: ${first.stderr}`);
      expect(first.stderr.includes('--resume'), 'it does not say how to go on');
      const again = await start([...args, '--resume']).done;
      expect(again.status === 1 && again.stderr.includes('ERR_WRITE'), 'there was room where there should be none');
      expect(spawnSync('mount', ['-o', 'remount,size=16m', disk]).status === 0, 'the disk cannot be made larger');
      await run([...args, '--resume']);
      const whole = readFileSync(path.join(folder, 'whole-classify', 'results.jsonl'));
      expect(readFileSync(path.join(disk, 'results.jsonl')).equals(whole), 'the output differs');
      expect(!existsSync(path.join(disk, 'results.jsonl.job')), 'the state is still there');
    });
  } finally {
    spawnSync('umount', [disk]);
  }
}

/** Waits until a job has rows on disk. */
async function underWay(out) {
  const checkpoints = path.join(`${out}.job`, 'rows.jsonl');
  for (let tries = 0; tries < 2000 && !(existsSync(checkpoints) && statSync(checkpoints).size > 0); tries++) {
    await sleep(5);
  }
}

async function loseFolder() {
  await test('an input folder that goes away and comes back', async () => {
    const out = path.join(folder, 'lost.jsonl');
    const away = path.join(folder, 'away');
    const args = [photos, '--out', out, '--threads', '1'];
    const { done } = start(args);
    await underWay(out);
    renameSync(photos, away);
    const { status, stderr } = await done;
    const gone = await start([...args, '--resume']).done;
    const listless = await start(['--out', out, '--resume', '--threads', '1']).done;
    renameSync(away, photos);
    expect(status === 1 && stderr.includes('ERR_INPUT_LOST'), `it ended with ${status}: ${stderr}`);
    expect(gone.status === 2 && gone.stderr.includes('ERR_INPUT_NOT_FOUND'), `resumed without it: ${gone.stderr}`);
    expect(listless.status === 1 && listless.stderr.includes('ERR_INPUT_LOST'), `resumed without it: ${listless.stderr}`);
    await run([...args, '--resume']);
    const whole = readFileSync(path.join(folder, 'whole-classify', 'results.jsonl'));
    expect(readFileSync(out).equals(whole), 'the output differs');
  });
}

async function startTwice() {
  await test('two processes with one output: the second refuses', async () => {
    const out = path.join(folder, 'twice.jsonl');
    const args = [photos, '--out', out];
    const first = start(args);
    await underWay(out);
    // Or it might be done before the others have begun. An owner that stands still is an owner.
    first.child.kill('SIGSTOP');
    const seconds = await Promise.all([[], ['--resume'], ['--overwrite']].map((flags) => start([...args, ...flags]).done));
    first.child.kill('SIGCONT');
    const { status, stderr } = await first.done;
    expect(status === 1 && stderr.includes('the rows are in'), `the first ended with ${status}: ${stderr}`);
    for (const second of seconds) {
      expect(second.stderr.includes('ERR_JOB_BUSY'), `the second did not refuse: ${second.stderr}`);
    }
    const whole = readFileSync(path.join(folder, 'whole-classify', 'results.jsonl'));
    expect(readFileSync(out).equals(whole), 'the output differs');
  });
}

try {
  await makePhotos(300);
  await create({ file: path.join(folder, 'photos.tar'), cwd: folder }, ['photos']);
  await killJobs();
  await fillDisk();
  await loseFolder();
  await startTwice();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed > 0 ? 1 : 0;
