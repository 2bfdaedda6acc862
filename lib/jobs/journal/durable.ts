import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeError } from '../../write-error';

/** Has what was written to a file put on the disk itself. Throws ERR_WRITE. */
export async function syncFile(path: string): Promise<void> {
  try {
    const file = await open(path, 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw writeError(path, error);
  }
}

/** Has the names in a folder put on the disk: those of files made, renamed and removed. Systems that cannot do without. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || code === 'EIO' || code === 'EDQUOT' || code === 'ENOENT') {
      throw writeError(path, error);
    }
  }
}

/** The same for the folder that holds a file. */
export function syncFolderOf(path: string): Promise<void> {
  return syncFolder(dirname(path));
}

/** Has files put on the disk, with the names of the folders they lie in, which may have been made for them. Throws ERR_WRITE. */
export async function syncFiles(files: readonly string[]): Promise<void> {
  const folders = new Set<string>();
  for (const file of files) {
    await syncFile(file);
    folders.add(dirname(file));
    folders.add(dirname(dirname(file)));
  }
  for (const folder of folders) {
    await syncFolder(folder);
  }
}
