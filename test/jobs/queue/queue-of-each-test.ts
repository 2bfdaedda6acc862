import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { collectRows, type RowSink } from '../../../lib/jobs/queue/collect';
import { QueueStore } from '../../../lib/jobs/queue/queue-store';
import { type SubmitOptions, submitJob } from '../../../lib/jobs/queue/submit';
import { type WorkOptions, workOnQueue } from '../../../lib/jobs/queue/work';
import { rowLine } from '../../../lib/jobs/rows';
import { projectRoot } from '../../../scripts/packages';
import { FakeRunner, fakeModel, fakeRow } from './fake-runner';
import { hasRedis, RedisServer } from './redis-server';

/** `describe` where there is a Redis. */
export const withRedis = hasRedis ? describe : describe.skip;
export const never: AbortSignal = new AbortController().signal;

/** Of the test that runs. */
export let server: RedisServer;
/** A connection to it. */
export let redis: Redis;
export let store: QueueStore;
const children: ChildProcess[] = [];

beforeEach(async () => {
  if (hasRedis) {
    server = await new RedisServer().start();
    redis = server.connect();
    store = new QueueStore(redis, server.address.prefix);
  }
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
  }
  await server?.stop();
});

async function* list(names: readonly string[]) {
  yield names.join('\n');
}

/** `/share/0.jpg`, `/share/1.jpg`, …, what they do between number and ending: see FakeRunner. */
export const imageNames = (count: number, change: (index: number) => string = () => '') =>
  Array.from({ length: count }, (_, index) => `/share/${index}${change(index)}.jpg`);

/** Submits the job `job`. */
export function submit(names: readonly string[], options: Partial<SubmitOptions> = {}) {
  return submitJob(redis, server.address, {
    inputs: ['-'],
    list: list(names),
    job: 'job',
    spec: { task: 'classify', model: 'a' },
    model: fakeModel,
    chunkSize: 10,
    maxPending: 1000,
    maxWaitingBytes: 2 ** 28,
    settle: 50,
    ...options,
  });
}

/** A worker in a process of its own. */
export async function startWorker(milliseconds: number, ...flags: string[]) {
  const script = [join(projectRoot, 'scripts', 'run-ts.mjs'), join(__dirname, 'fake-worker.ts')];
  const child = spawn(process.execPath, [...script, server.url, String(milliseconds), ...flags], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  const ended = once(child, 'close').then(([status, signal]) => ({ status, signal, output, errors }));
  await until(() => output.includes('ready') || child.exitCode !== null);
  return { child, ended };
}

/** Works in this process until all is done. */
export function workHere(milliseconds = 0, options: Partial<WorkOptions> = {}) {
  return workOnQueue(server.connect(), server.connect(), server.address, {
    open: async () => new FakeRunner(milliseconds),
    own: {},
    lockDuration: 1500,
    untilDone: true,
    signal: never,
    say: () => {},
    ...options,
  });
}

/** Rows in memory, of which only those behind a checkpoint outlive a crash. */
export class MemorySink implements RowSink {
  lines: string[] = [];
  safe = 0;

  get rows() {
    return this.lines.length;
  }
  async append(line: string) {
    this.lines.push(line);
  }
  async checkpoint() {
    this.safe = this.lines.length;
  }
}

/** The rows of an undisturbed run. */
export const expectedLines = (names: readonly string[]) => names.map((name, place) => rowLine(fakeRow(name, place)));

/** Collects the job `job`, all of it unless the signal aborts. */
export async function collect(sink = new MemorySink(), signal: AbortSignal = never): Promise<MemorySink> {
  await collectRows(redis, server.address, { job: 'job', sink, signal });
  return sink;
}

/** Collects a job that may not have been made yet. */
export async function collectOnceThere(): Promise<MemorySink> {
  await until(async () => (await store.job('job')) !== undefined);
  return collect();
}

/** Waits until something has come about. */
export async function until(cameAbout: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await cameAbout())) {
    await sleep(20);
  }
}

/** Waits until so many chunks are done. */
export async function untilDone(chunks: number): Promise<void> {
  await until(async () => ((await store.job('job'))?.done ?? 0) >= chunks);
}
