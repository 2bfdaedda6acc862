import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';

/** A process that holds a job, as its lock file has it. */
export interface Owner {
  pid: number;
  host: string;
  /** When the process began, as its system says it: numbers of processes are given again. Empty where it cannot be known. */
  started: string;
  /** Of this holding of the lock. */
  id: string;
  released?: boolean;
}

/** What `startOf` says of a process that has ended, and whose parent has not asked how. */
const ended = 'ended';

async function startedOnLinux(pid: number): Promise<string> {
  const [boot, stat] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    readFile(`/proc/${pid}/stat`, 'utf8'),
  ]);
  // proc(5): the name of the command, in parentheses, may hold anything; behind it come the state and, as the twentieth field, starttime.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? ended : `${boot.trim()} ${fields[19]}`;
}

/** When a process of this machine began; empty when that cannot be known. */
export async function startOf(pid: number): Promise<string> {
  try {
    if (process.platform === 'linux') {
      return await startedOnLinux(pid);
    }
    const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]);
    return stdout.trim();
  } catch {
    return '';
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Whether the owner still lives. On this machine the system knows, be it stopped for hours; of another machine's only its sign of life tells.
 *
 * @param silence milliseconds since the lock file was last touched
 * @param longestSilence after which an owner elsewhere is taken for dead
 */
export async function isAlive(owner: Owner, silence: number, longestSilence: number): Promise<boolean> {
  if (owner.released) {
    return false;
  }
  if (owner.host !== hostname()) {
    return silence < longestSilence;
  }
  if (!isRunning(owner.pid)) {
    return false;
  }
  const started = await startOf(owner.pid);
  return started !== ended && (started === '' || owner.started === '' || started === owner.started);
}
