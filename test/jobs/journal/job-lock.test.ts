import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { JobLock } from '../../../lib/jobs/journal/job-lock';
import { startOf } from '../../../lib/jobs/journal/owner';
import { projectRoot } from '../../../scripts/packages';
import { folderOfEachTest } from '../temporary-folder';

const folder = folderOfEachTest();
const place = () => join(folder(), 'job');

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
  }
});

/** A process that tries to take the lock and says `held` or an error's code, and then does nothing. */
async function contender(): Promise<{ child: ChildProcess; answer: Promise<string> }> {
  const script = [join(projectRoot, 'scripts', 'run-ts.mjs'), join(__dirname, 'hold-lock.ts'), place()];
  const child = spawn(process.execPath, script, { cwd: projectRoot, stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const lines = child.stdout?.setEncoding('utf8') as NodeJS.ReadableStream;
  const [ready] = await once(lines, 'data');
  expect(String(ready).trim()).toBe('ready');
  return { child, answer: once(lines, 'data').then(([text]) => String(text).trim()) };
}

async function holder(): Promise<ChildProcess> {
  const { child, answer } = await contender();
  child.stdin?.write('go\n');
  expect(await answer).toBe('held');
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

const busy = { code: 'ERR_JOB_BUSY' };

test('one at a time; who lets go makes room at once, and often', async () => {
  for (let turn = 0; turn < 3; turn++) {
    const lock = await JobLock.acquire(place());
    await expect(JobLock.acquire(place())).rejects.toMatchObject(busy);
    await lock.assertHeld();
    await lock.release();
  }
  expect(readdirSync(place())).toEqual(['lock-000003']);
});

test('an owner that was killed leaves it at once, one that stands still does not', async () => {
  const child = await holder();
  await expect(JobLock.acquire(place())).rejects.toMatchObject({ ...busy, message: expect.stringContaining(String(child.pid)) });
  child.kill('SIGSTOP');
  await sleep(50);
  utimesSync(join(place(), 'lock-000001'), new Date(0), new Date(0));
  await expect(JobLock.acquire(place())).rejects.toMatchObject(busy);
  await end(child);
  await (await JobLock.acquire(place())).release();
});

test('an owner that has ended, though its parent has not taken note, leaves it at once', async () => {
  if (process.platform !== 'linux') {
    return; // only there does a shell make one this simply
  }
  // The shell's child is killed, and the shell, which would take note, stands still.
  const shell = spawn('sh', ['-c', 'sleep 60 & echo $!; kill -STOP $$'], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(shell);
  const [text] = await once((shell.stdout as NodeJS.ReadableStream).setEncoding('utf8'), 'data');
  const pid = Number(text);
  await (await JobLock.acquire(place())).release();
  const owner = { pid, host: hostname(), started: await startOf(pid), id: 'x' };
  writeFileSync(join(place(), 'lock-000002'), JSON.stringify(owner));
  await expect(JobLock.acquire(place())).rejects.toMatchObject(busy);
  process.kill(pid, 'SIGKILL');
  while ((await startOf(pid)) === owner.started) {
    await sleep(10);
  }
  await (await JobLock.acquire(place())).release();
});

test('of many that find a dead owner, one gets it', async () => {
  await end(await holder());
  const contenders = await Promise.all(Array.from({ length: 6 }, contender));
  for (const { child } of contenders) {
    child.stdin?.write('go\n');
  }
  const answers = await Promise.all(contenders.map(({ answer }) => answer));
  expect(answers.filter((answer) => answer === 'held')).toHaveLength(1);
  expect(answers.filter((answer) => answer === 'ERR_JOB_BUSY')).toHaveLength(5);
});

test('a number of a process that was given again is another process', async () => {
  await (await JobLock.acquire(place())).release();
  const owner = { pid: process.pid, host: hostname(), started: 'long ago', id: 'x' };
  writeFileSync(join(place(), 'lock-000002'), JSON.stringify(owner));
  await (await JobLock.acquire(place())).release();
});

test('an owner on another machine is alive while it gives signs of life', async () => {
  await (await JobLock.acquire(place())).release();
  const file = join(place(), 'lock-000002');
  writeFileSync(file, JSON.stringify({ pid: 1, host: 'elsewhere', started: '', id: 'x' }));
  await expect(JobLock.acquire(place())).rejects.toMatchObject({ ...busy, message: expect.stringContaining('elsewhere') });
  const longAgo = new Date(Date.now() - 120_000);
  utimesSync(file, longAgo, longAgo);
  const lock = await JobLock.acquire(place());
  await lock.assertHeld();
  // It comes back, and finds that it has been taken for dead.
  writeFileSync(join(place(), 'lock-000004'), JSON.stringify({ pid: 1, host: 'elsewhere', started: '', id: 'x' }));
  await expect(lock.assertHeld()).rejects.toMatchObject(busy);
  await lock.release();
});

test('a lock file that is not whole is somebody for a while', async () => {
  await (await JobLock.acquire(place())).release();
  const file = join(place(), 'lock-000002');
  writeFileSync(file, '{"pid":');
  await expect(JobLock.acquire(place())).rejects.toMatchObject(busy);
  const longAgo = new Date(Date.now() - 120_000);
  utimesSync(file, longAgo, longAgo);
  await (await JobLock.acquire(place())).release();
});

test('where nothing can be written there is no lock', async () => {
  writeFileSync(place(), 'a file');
  await expect(JobLock.acquire(place())).rejects.toMatchObject({ code: 'ERR_WRITE' });
});
