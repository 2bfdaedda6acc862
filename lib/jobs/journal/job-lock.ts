import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { MobileNetError } from '../../errors';
import { writeError } from '../../write-error';
import { isAlive, type Owner, startOf } from './owner';

/** Milliseconds between two signs of life of an owner. */
const heartbeat = 5000;
/** Without one for so long, an owner on another machine is taken for dead. */
const longestSilence = 60_000;

const filePattern = /^lock-(\d{6,})$/;
const fileOf = (folder: string, generation: number) => join(folder, `lock-${String(generation).padStart(6, '0')}`);

function busy(folder: string, { pid, host }: Owner): MobileNetError {
  const where = host === hostname() ? `process ${pid}` : `process ${pid} on ${host}`;
  return new MobileNetError('ERR_JOB_BUSY', `${where} is at work on '${folder}': wait for it, or end it, and resume the job`);
}

async function generations(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') {
      return [] as string[];
    }
    throw writeError(folder, error);
  });
  const numbers = names.flatMap((name) => filePattern.exec(name)?.[1] ?? []).map(Number);
  return numbers.sort((a, b) => b - a);
}

/** The owner a lock file names: an unknown one where it is not whole, undefined where it is gone. */
async function ownerIn(file: string): Promise<Owner | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
  try {
    const { pid, host, started, id, released } = JSON.parse(text) as Owner;
    if (Number.isInteger(pid) && typeof host === 'string' && typeof started === 'string' && typeof id === 'string') {
      return { pid, host, started, id, released: released === true };
    }
  } catch {
    // Not whole: its machine may have lost power in the middle of the writing.
  }
  return { pid: 0, host: 'another machine', started: '', id: '' };
}

/** Whether somebody lives who holds this lock file; throws ERR_JOB_BUSY then. */
async function refuseIfHeld(folder: string, file: string): Promise<void> {
  const owner = await ownerIn(file);
  const status = await stat(file).catch(() => undefined);
  if (owner && status && (await isAlive(owner, Date.now() - status.mtimeMs, longestSilence))) {
    throw busy(folder, owner);
  }
}

/** Makes a file that is there with its whole content or not at all; false where there is one of that name. */
async function createWhole(folder: string, file: string, content: string): Promise<boolean> {
  const temporary = join(folder, `.${randomUUID()}.lock`);
  try {
    await writeFile(temporary, content, { flag: 'wx', flush: true });
    try {
      await link(temporary, file);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS' || code === 'EOPNOTSUPP') {
        // A file system without links.
        await writeFile(file, content, { flag: 'wx', flush: true });
      } else {
        throw error;
      }
    }
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOENT') {
      return false;
    }
    throw writeError(file, error);
  } finally {
    await rm(temporary, { force: true }).catch(() => {});
  }
}

/**
 * One process at a time works in a job's folder. Lock files are numbered, and the highest counts: who finds that its owner is dead, or has let
 * go of it, makes the next one. Only one process can, and none ever removes a file that might be somebody else's by now.
 */
export class JobLock {
  readonly #folder: string;
  readonly #generation: number;
  readonly #owner: Owner;
  readonly #timer: NodeJS.Timeout;

  private constructor(folder: string, generation: number, owner: Owner) {
    this.#folder = folder;
    this.#generation = generation;
    this.#owner = owner;
    const file = fileOf(folder, generation);
    this.#timer = setInterval(() => {
      const now = new Date();
      utimes(file, now, now).catch(() => {});
    }, heartbeat);
    this.#timer.unref();
  }

  /** Makes the folder where it is not there. Throws ERR_JOB_BUSY while another process has the lock, ERR_WRITE where none can be made. */
  static async acquire(folder: string): Promise<JobLock> {
    const owner: Owner = { pid: process.pid, host: hostname(), started: await startOf(process.pid), id: randomUUID() };
    for (;;) {
      await mkdir(folder, { recursive: true }).catch((error) => {
        throw writeError(folder, error);
      });
      const [highest = 0] = await generations(folder);
      if (highest > 0) {
        await refuseIfHeld(folder, fileOf(folder, highest));
      }
      const mine = highest + 1;
      if (!(await createWhole(folder, fileOf(folder, mine), JSON.stringify(owner)))) {
        continue; // Another process was faster.
      }
      const now = await generations(folder);
      if (now[0] !== mine) {
        // What was read at first had long been overtaken.
        await rm(fileOf(folder, mine), { force: true });
        continue;
      }
      for (const old of now.slice(1)) {
        await rm(fileOf(folder, old), { force: true }).catch(() => {});
      }
      return new JobLock(folder, mine, owner);
    }
  }

  /** Throws ERR_JOB_BUSY when another process has taken this one for dead: it must not write any more. */
  async assertHeld(): Promise<void> {
    const [highest = 0] = await generations(this.#folder);
    const owner = await ownerIn(fileOf(this.#folder, highest));
    if (highest !== this.#generation || owner?.id !== this.#owner.id) {
      const message = `another process has taken over '${this.#folder}': this one gave no sign of life for too long`;
      throw new MobileNetError('ERR_JOB_BUSY', message);
    }
  }

  /** Lets go of it; never fails. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    const file = fileOf(this.#folder, this.#generation);
    const temporary = join(this.#folder, `.${this.#owner.id}.released`);
    try {
      await writeFile(temporary, JSON.stringify({ ...this.#owner, released: true }));
      await rename(temporary, file);
    } catch {
      // The folder is gone, or the disk is full: the end of the process says the same.
      await rm(temporary, { force: true }).catch(() => {});
    }
  }
}
