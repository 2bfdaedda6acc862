import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { MobileNetError } from '../errors';
import { LENGTH_BYTES, parseHeader, readHeaderLength, type Safetensors } from './safetensors';

/** Largest file read: 2 GiB, some hundred times the largest MobileNet. */
export const MAX_FILE_BYTES = 2 ** 31;
const CHUNK_BYTES = 4 * 2 ** 20;

/** Told after every few megabytes. */
export interface LoadProgress {
  /** Bytes read so far. */
  loadedBytes: number;
  /** Bytes of the whole file. */
  totalBytes: number;
}

export interface ReadFileOptions {
  /** Stops the reading; the promise rejects with the signal's reason, an AbortError by default. */
  signal?: AbortSignal;
  onProgress?: (progress: LoadProgress) => void;
}

const REASONS: ReadonlyMap<unknown, string> = new Map([
  ['ENOENT', 'there is no such file'],
  ['ENOTDIR', 'there is no such file'],
  ['EISDIR', 'it is a directory'],
  ['EACCES', 'it may not be read'],
  ['EPERM', 'it may not be read'],
]);

/** Whether the file system made this error. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return typeof error === 'object' && error !== null && 'syscall' in error;
}

function notReadable(path: string, reason: string, cause?: unknown): MobileNetError {
  return new MobileNetError('ERR_MODEL_NOT_FOUND', `expected a model file at '${path}' but ${reason}`, { cause });
}

/** The file system's error in words a person can act on. */
function inWords(path: string, error: unknown): MobileNetError {
  const { code, message } = error as NodeJS.ErrnoException;
  return notReadable(path, REASONS.get(code) ?? message, error);
}

async function openFile(path: string): Promise<{ file: FileHandle; size: number }> {
  let file: FileHandle;
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for ever for somebody to write to it.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw inWords(path, error);
  }
  const status = await file.stat();
  if (!status.isFile()) {
    await file.close();
    throw notReadable(path, status.isDirectory() ? 'it is a directory' : 'it is not a regular file');
  }
  return { file, size: status.size };
}

/** Reads `length` bytes from `position` on, in chunks, so that an abort stops it soon. */
async function readBytes(
  file: FileHandle,
  path: string,
  position: number,
  length: number,
  onRead: (loadedBytes: number) => void,
): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(length);
  } catch (error) {
    throw new MobileNetError('ERR_OUT_OF_MEMORY', `${path}: no memory for its ${length} bytes`, { cause: error });
  }
  let loaded = 0;
  while (loaded < length) {
    const { bytesRead } = await file.read(bytes, loaded, Math.min(CHUNK_BYTES, length - loaded), position + loaded);
    if (bytesRead === 0) {
      throw new MobileNetError('ERR_MODEL_CORRUPT', `${path}: it ended at byte ${position + loaded} while it was being read`);
    }
    loaded += bytesRead;
    onRead(position + loaded);
  }
  return bytes;
}

/**
 * Reads a safetensors file from disk. The header is checked before any memory is taken for the tensors, so that a file of
 * another kind fails at once, however large.
 * @throws MobileNetError ERR_MODEL_NOT_FOUND when there is no readable file; ERR_MODEL_CORRUPT when it is not a sound
 *   safetensors file or exceeds {@link MAX_FILE_BYTES}; ERR_OUT_OF_MEMORY.
 */
export async function readSafetensorsFile(path: string, { signal, onProgress }: ReadFileOptions = {}): Promise<Safetensors> {
  signal?.throwIfAborted();
  const { file, size } = await openFile(path);
  const onRead = (loadedBytes: number) => {
    signal?.throwIfAborted();
    onProgress?.({ loadedBytes, totalBytes: size });
  };
  try {
    if (size > MAX_FILE_BYTES) {
      const message = `${path}: expected at most ${MAX_FILE_BYTES} bytes but it holds ${size}`;
      throw new MobileNetError('ERR_MODEL_CORRUPT', message);
    }
    const start = await readBytes(file, path, 0, Math.min(size, LENGTH_BYTES), () => {});
    const headerBytes = readHeaderLength(start, size, path);
    const headerEnd = LENGTH_BYTES + headerBytes;
    const header = await readBytes(file, path, LENGTH_BYTES, headerBytes, onRead);
    const content = parseHeader(header, size - headerEnd, path);
    const data = await readBytes(file, path, headerEnd, size - headerEnd, onRead);
    return { ...content, data };
  } catch (error) {
    throw isSystemError(error) ? inWords(path, error) : error; // of the disk or the network
  } finally {
    await file.close();
  }
}
