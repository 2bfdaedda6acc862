// One job of ours as a process of its own, as `mobilenet batch` does it, or `asProgram` of whoever uses the API; prints what it took.
import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';
import { dependency, library } from '../lib/library.mjs';
import { peakMemory } from './peak-memory.mjs';

const { model, list, out, threads, asProgram = false } = JSON.parse(process.argv[2]);
if (!asProgram) {
  library('cli/thread-pool');
}
const sharp = dependency('sharp');
sharp.cache(false);
sharp.concurrency(1);

/** Seconds of processor time of this process' threads by what they are; on Linux, which says it of each thread. */
function threadTimes() {
  if (os.platform() !== 'linux') {
    return undefined;
  }
  const ticks = 100;
  const times = { javascript: 0, libvips: 0, others: 0 };
  for (const thread of readdirSync('/proc/self/task')) {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const seconds = (Number(fields[11]) + Number(fields[12])) / ticks;
    const kind = Number(thread) === process.pid ? 'javascript' : name.includes('vips') ? 'libvips' : 'others';
    times[kind] += seconds;
  }
  return times;
}

const delay = monitorEventLoopDelay({ resolution: 1 });
const cpu = process.cpuUsage();
const { runJob } = library('index');
const job = runJob(['-'], {
  ...{ task: 'classify', model, out, overwrite: true, threads },
  list: createReadStream(list),
});
let images = 0;
for await (const _ of job) {
  if (images++ === 0) {
    delay.enable(); // models are loaded before the first picture
  }
}
delay.disable();
const { user, system } = process.cpuUsage(cpu);
const { progress } = job;
console.log(
  JSON.stringify({
    images,
    seconds: progress.seconds,
    cpuSeconds: (user + system) / 1e6,
    peakMebibytes: peakMemory(),
    stages: progress.stages,
    threads: threadTimes(),
    longestDelay: delay.max / 1e6,
  }),
);
