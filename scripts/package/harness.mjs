// Runs commands as tests, and counts them.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** A command of the development dependencies. */
export const bin = (name) => path.join(root, 'node_modules', '.bin', name);

export const counts = { passed: 0, failed: 0, skipped: 0 };

const seconds = (started) => `${((performance.now() - started) / 1000).toFixed(1)} s`;

/** Runs a command to its end. */
export function run(command, args, cwd, env = {}) {
  const result = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    timeout: 600_000,
    maxBuffer: 1 << 28,
    env: { ...process.env, ...env },
  });
  return {
    status: result.status,
    signal: result.signal,
    stdout: result.stdout ?? '',
    stderr: result.stderr ?? String(result.error),
  };
}

/** Counts what has been looked at already; `details` are shown if it was not `good`. */
export function judge(title, good, details = '') {
  console.log(`${good ? 'passed' : 'FAILED'} ${title}`);
  if (good) {
    counts.passed++;
  } else {
    counts.failed++;
    console.log(details);
  }
  return good;
}

export function skip(title, reason) {
  counts.skipped++;
  console.log(`SKIPPED ${title}: ${reason}`);
}

/** Runs a command and judges what comes of it: by `accept`, or else by its exit status. */
export function test(title, command, args, { cwd, env, accept = ({ status }) => status === 0 }) {
  const started = performance.now();
  const result = run(command, args, cwd, env);
  const details = `status ${result.status}, signal ${result.signal}\n${result.stdout}\n${result.stderr}`;
  return judge(`${title} (${seconds(started)})`, result.signal === null && Boolean(accept(result)), details);
}

/** Prints the last line, and sets the exit status. */
export function finish() {
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  process.exitCode = counts.failed > 0 ? 1 : 0;
}
