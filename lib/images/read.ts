import { close, constants, fstatSync, open, read } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MobileNetError } from '../errors';
import { download } from './download';
import { tooManyBytes, undecodable } from './errors';

/** Bytes read of a file at most; a guard, far above any picture `maxPixels` lets through. */
export const maxFileBytes = 2 ** 30;

/** Bytes read between two looks at the signal. */
const readStride = 2 ** 24;

/** Opens a file without waiting: opening a named pipe must not wait for its writer. */
const openFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

const openFile = promisify(open);
const readFile = promisify(read);

/**
 * The bytes of an image file. They are read whole rather than mapped, so that a file cut short while it is decoded cannot crash the
 * process. Throws ERR_IMAGE_NOT_FOUND, ERR_IMAGE_DECODE (directory, empty, unreadable) or ERR_IMAGE_TOO_LARGE; what `admit` throws; on abort,
 * the signal's reason.
 *
 * @param admit asked before so many bytes are read
 */
export async function readImageFile(
  path: string,
  name: string,
  signal?: AbortSignal,
  admit?: (bytes: number) => Promise<void>,
): Promise<Uint8Array> {
  signal?.throwIfAborted();
  // Every call that another thread is asked for costs this one a tenth of a millisecond: there are as few as can be.
  const file = await openFile(path, openFlags).catch((error) => {
    throw explain(error, name);
  });
  try {
    // What the system knows of an open file it need not look for.
    const status = fstatSync(file);
    if (!status.isFile()) {
      throw undecodable(name, status.isDirectory() ? 'it is a directory' : 'it is not a regular file');
    }
    if (status.size > maxFileBytes) {
      throw tooManyBytes(name, maxFileBytes);
    }
    await admit?.(status.size);
    return await readBytes(file, status.size, name, signal);
  } finally {
    close(file, () => {});
  }
}

/** As many bytes as a file had, or has now if it has become shorter. */
async function readBytes(file: number, size: number, name: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(size);
  let length = 0;
  while (length < size) {
    signal?.throwIfAborted();
    const { bytesRead } = await readFile(file, bytes, length, Math.min(size - length, readStride), length).catch((error) => {
      throw explain(error, name);
    });
    if (bytesRead === 0) {
      break;
    }
    length += bytesRead;
  }
  signal?.throwIfAborted();
  return bytes.subarray(0, length);
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
