import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { MobileNetError } from '../errors';
import { download } from './download';
import { tooManyBytes, undecodable } from './errors';

/** Bytes read of a file at most; a guard, far above any picture `maxPixels` lets through. */
export const maxFileBytes = 2 ** 30;

/**
 * The bytes of an image file. They are read whole rather than mapped, so that a file cut short while it is decoded cannot crash the
 * process. Throws ERR_IMAGE_NOT_FOUND, ERR_IMAGE_DECODE (directory, empty, unreadable) or ERR_IMAGE_TOO_LARGE.
 */
export async function readImageFile(path: string, name: string, signal?: AbortSignal): Promise<Uint8Array> {
  try {
    // O_NONBLOCK: opening a named pipe must not wait for its writer.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const status = await file.stat();
      if (!status.isFile()) {
        throw undecodable(name, status.isDirectory() ? 'it is a directory' : 'it is not a regular file');
      }
      if (status.size > maxFileBytes) {
        throw tooManyBytes(name, maxFileBytes);
      }
      return await file.readFile({ signal });
    } finally {
      await file.close();
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof MobileNetError ? error : explain(error, name);
  }
}

function explain(error: unknown, name: string): MobileNetError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new MobileNetError('ERR_IMAGE_NOT_FOUND', `there is no file ${name}`, { cause: error });
  }
  return code === 'EISDIR' ? undecodable(name, 'it is a directory', error) : undecodable(name, message, error);
}

/** The bytes behind a URL: a file, the URL's own data, or a download. */
export async function readImageUrl(url: URL, name: string, signal?: AbortSignal): Promise<Uint8Array> {
  if (url.protocol === 'file:') {
    let path: string;
    try {
      path = fileURLToPath(url);
    } catch (error) {
      throw new MobileNetError('ERR_IMAGE_NOT_FOUND', `${name} names no file: ${(error as Error).message}`, { cause: error });
    }
    return readImageFile(path, name, signal);
  }
  if (url.protocol === 'data:') {
    try {
      return new Uint8Array(await (await fetch(url, { signal })).arrayBuffer());
    } catch (error) {
      signal?.throwIfAborted();
      throw undecodable(name, 'it is malformed', error);
    }
  }
  return download(url, name, signal);
}
