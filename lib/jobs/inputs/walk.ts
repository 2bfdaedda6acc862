import type { BigIntStats, Dirent } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MobileNetError } from '../../errors';
import { reasonOf } from '../../write-error';
import { isHiddenName } from './file-kinds';
import { quote } from './quote';
import { sortNames } from './sort-names';

export interface WalkOptions {
  /** Whether a file is wanted. Paths are relative to the folder, with `/` between names. */
  wanted(relative: string): boolean;
  /** Whether a folder in it is walked. Default: all are. */
  entered?(relative: string): boolean;
  /** Whether files and folders are looked at whose names begin with a dot. Default false. */
  hidden?: boolean;
  signal?: AbortSignal;
}

/** A folder whose entries are being handed out. */
interface Level {
  relative: string;
  /** Device and number, which tell a folder from all others under whatever name. */
  id: string;
  /** What is wanted of it, sorted. */
  names: string[];
  /** Which of the names are no plain files. */
  others: Map<string, 'folder' | 'link'>;
  next: number;
}

/** Entries read from the disk at a time. */
const entriesAtATime = 256;

/**
 * The files in a folder and in those below it, by their paths relative to it with `/` between names: depth first, the entries of
 * each folder in the order of their UTF-16 code units. Memory holds the wanted names of one folder per level.
 *
 * Symbolic links are followed, except back to a folder that is being walked. One that leads nowhere counts as a file, so that its
 * name is not lost. Throws ERR_INPUT_NOT_FOUND where a folder cannot be read: an incomplete list must not be taken for a whole
 * one.
 */
export async function* walkFolder(folder: string, options: WalkOptions): AsyncGenerator<string, void, undefined> {
  const { wanted, entered = () => true, signal } = options;
  const levels = [await readLevel(folder, '', await statFolder(folder), options)];
  for (let level = levels.at(-1); level; level = levels.at(-1)) {
    signal?.throwIfAborted();
    const name = level.names[level.next++];
    if (name === undefined) {
      levels.pop();
      continue;
    }
    const relative = below(level.relative, name);
    const kind = level.others.get(name);
    if (!kind) {
      yield relative;
      continue;
    }
    const path = join(folder, relative);
    const status = kind === 'folder' ? await statFolder(path) : await followLink(path, wanted(relative));
    if (status?.isDirectory()) {
      if (entered(relative) && !levels.some(({ id }) => id === idOf(status))) {
        levels.push(await readLevel(path, relative, status, options));
      }
    } else if (wanted(relative) && (!status || status.isFile())) {
      yield relative;
    }
  }
}

/** What a link leads to; undefined if to nothing, or to nothing that may be looked at where it has the name of a wanted file. */
async function followLink(path: string, wanted: boolean): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (wanted || code === 'ENOENT' || code === 'ELOOP' || code === 'ENOTDIR') {
      return undefined;
    }
    // It may be a folder of pictures.
    throw unreadable(path, error);
  }
}

async function readLevel(path: string, relative: string, status: BigIntStats, options: WalkOptions): Promise<Level> {
  const { wanted, entered, hidden = false, signal } = options;
  const names: string[] = [];
  const others: Level['others'] = new Map();
  const isWanted = (entry: Dirent, at: string): boolean => {
    if (entry.isDirectory()) {
      return entered?.(at) ?? true;
    }
    return entry.isSymbolicLink() || (entry.isFile() && wanted(at));
  };
  try {
    for await (const entry of await opendir(path, { bufferSize: entriesAtATime })) {
      signal?.throwIfAborted();
      const { name } = entry;
      if ((hidden || !isHiddenName(name)) && isWanted(entry, below(relative, name))) {
        names.push(name);
        if (!entry.isFile()) {
          others.set(name, entry.isDirectory() ? 'folder' : 'link');
        }
      }
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw unreadable(path, error);
  }
  return { relative, id: idOf(status), names: await sortNames(names, signal), others, next: 0 };
}

async function statFolder(path: string): Promise<BigIntStats> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): MobileNetError {
  return new MobileNetError('ERR_INPUT_NOT_FOUND', `cannot list the folder ${quote(path)}: ${reasonOf(cause)}`, { cause });
}

function idOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

function below(relative: string, name: string): string {
  return relative === '' ? name : `${relative}/${name}`;
}
