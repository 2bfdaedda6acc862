import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MobileNetError } from './errors';
import { writeError } from './write-error';

/**
 * Makes the folder a flag names, unless it is there. Throws ERR_INVALID_OPTION when there can be none of that name, ERR_WRITE
 * when nothing can be written to it.
 */
export async function prepareFolder(folder: string, flag: string): Promise<void> {
  if (folder === '') {
    throw new MobileNetError('ERR_INVALID_OPTION', `expected the path of a folder for ${flag} but received ''`);
  }
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOTDIR') {
      throw new MobileNetError('ERR_INVALID_OPTION', `expected a folder for ${flag} but '${folder}' is, or lies in, a file`);
    }
    throw writeError(folder, error);
  }
}

/**
 * Writes a file, or replaces it, all at once: whoever looks sees the old one, none or the whole new one. Throws ERR_WRITE; on
 * abort, the signal's reason.
 *
 * @param temporaryName what the file is called in its folder until it is whole, for those who come back to it after a crash and should find no
 *   other than their own. Default: a name of its own each time
 */
export async function writeWhole(
  path: string,
  bytes: Uint8Array,
  signal: AbortSignal,
  temporaryName = `.${randomUUID()}.part`,
): Promise<void> {
  const temporary = join(dirname(path), temporaryName);
  try {
    await writeFile(temporary, bytes, { signal });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    signal.throwIfAborted();
    throw writeError(path, error);
  }
}
