import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MobileNetError } from '../../errors';
import { isHiddenName } from './picture-files';

/** Deeper than any folder of pictures; a guard against file systems that never end. */
const deepest = 256;

/** What a folder's entry is once links are followed; undefined for what is neither file nor folder, and for links to nothing. */
async function kindOf(path: string, entry: Dirent): Promise<'file' | 'folder' | undefined> {
  if (!entry.isSymbolicLink()) {
    return entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : undefined;
  }
  const status = await stat(path).catch(() => undefined);
  return status?.isFile() ? 'file' : status?.isDirectory() ? 'folder' : undefined;
}

async function identityOf(path: string): Promise<string> {
  const { dev, ino } = await stat(path, { bigint: true });
  return `${dev}:${ino}`;
}

function unreadable(path: string, error: unknown): MobileNetError {
  const { message } = error as Error;
  // What is left of the list would be taken for all of it.
  return new MobileNetError('ERR_INPUT_NOT_FOUND', `cannot list the folder '${path}': ${message}`, { cause: error });
}

/**
 * The files below a folder as paths relative to it with `/` between the names: folder by folder, each sorted by its names' UTF-16 code units,
 * files and folders together, so that the order is the same everywhere. Hidden files and folders are left out. Links are followed, those that
 * lead back to a folder above them left out.
 *
 * Throws ERR_INPUT_NOT_FOUND for a folder that cannot be read; on abort, the signal's reason.
 *
 * @param enter whether a folder, by its relative path, can hold anything that is wanted. Default: all are entered
 */
export async function* walkFolder(
  root: string,
  { signal, enter = () => true }: { signal?: AbortSignal; enter?: (relative: string) => boolean } = {},
): AsyncGenerator<string, void, undefined> {
  yield* walk(root, '', []);

  async function* walk(folder: string, relative: string, above: string[]): AsyncGenerator<string, void, undefined> {
    signal?.throwIfAborted();
    let entries: Dirent[];
    let identity: string;
    try {
      identity = await identityOf(folder);
      if (above.includes(identity) || above.length > deepest) {
        return;
      }
      entries = await readdir(folder, { withFileTypes: true });
    } catch (error) {
      throw unreadable(folder, error);
    }
    entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    for (const entry of entries) {
      if (isHiddenName(entry.name)) {
        continue;
      }
      const path = join(folder, entry.name);
      const inRoot = relative === '' ? entry.name : `${relative}/${entry.name}`;
      const kind = await kindOf(path, entry);
      if (kind === 'file') {
        yield inRoot;
      } else if (kind === 'folder' && enter(inRoot)) {
        yield* walk(path, inRoot, [...above, identity]);
      }
    }
  }
}
