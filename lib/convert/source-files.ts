import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { isUint8Array } from 'node:util/types';
import { viewBytes } from '../bytes';
import { MobileNetError } from '../errors';
import { describe, invalidOption } from '../options';
import { type ModelFiles, readModelFile, withModelFile } from './model-files';

/** Bytes that one file of a source may have. */
export const MAX_SOURCE_BYTES = 1 << 30;

/** What is to be converted: a folder or one file of it, on disk or in memory. */
export interface SourceFiles {
  files: ModelFiles;
  /** The one file meant, relative to the folder; undefined for the folder itself. */
  entry?: string;
  /** What to call it in messages. */
  name: string;
}

/** A model in memory: its files by path, and which of them is meant where there are several models. */
export interface SourceInMemory {
  /** Bytes of each file, by its path with forward slashes. */
  files: ReadonlyMap<string, Uint8Array>;
  /** Path of the file to begin with. Default: the only one that can be a model. */
  entry?: string;
  /** What to call it in messages. */
  name: string;
}

/** @throws {MobileNetError} `ERR_INVALID_OPTION` for what is no model in memory */
export function checkSourceInMemory(source: SourceInMemory): SourceFiles {
  if (typeof source !== 'object' || source === null || !(source.files instanceof Map)) {
    throw invalidOption('source', 'a path, or a model in memory (files, name)', source);
  }
  const { files, entry, name } = source;
  for (const [file, bytes] of files) {
    if (typeof file !== 'string' || !isUint8Array(bytes)) {
      throw invalidOption(`source.files of ${describe(file)}`, "a Uint8Array of the file's bytes", bytes);
    }
  }
  if (typeof name !== 'string' || name === '') {
    throw invalidOption('source.name', 'what to call the model in messages', name);
  }
  if (entry !== undefined && (typeof entry !== 'string' || !files.has(entry))) {
    throw invalidOption('source.entry', 'the path of one of the files', entry);
  }
  const own = new Map([...files].map(([file, bytes]) => [file, viewBytes(bytes)]));
  return { files: own, name, ...(entry === undefined ? {} : { entry }) };
}

function notFound(name: string, cause: unknown): MobileNetError {
  return new MobileNetError('ERR_MODEL_NOT_FOUND', `'${name}' cannot be read: ${(cause as Error).message}`, { cause });
}

/** A checkpoint is named by what its files have in common: `model.ckpt-1450000`, which is no file. */
async function isCheckpointPrefix(prefix: string): Promise<boolean> {
  return stat(`${prefix}.index`).then(
    (status) => status.isFile(),
    () => false,
  );
}

/**
 * Finds a source on disk.
 *
 * @param source path of a file or folder, or what the names of a checkpoint's files begin with
 * @throws {MobileNetError} `ERR_MODEL_NOT_FOUND` where there is no such thing
 */
export async function locateSource(source: string): Promise<SourceFiles> {
  const name = path.basename(source) || source;
  try {
    const status = await stat(source);
    if (status.isDirectory()) {
      return { files: source, name };
    }
    if (!status.isFile()) {
      throw new MobileNetError('ERR_MODEL_NOT_FOUND', `'${source}' is neither a file nor a folder`);
    }
  } catch (error) {
    if (error instanceof MobileNetError) {
      throw error;
    }
    if (!(await isCheckpointPrefix(source))) {
      throw notFound(source, error);
    }
    return { files: path.dirname(source), entry: `${path.basename(source)}.index`, name };
  }
  // A file that the user names may be a link, as in caches that keep contents by their hash; what it lies beside counts then.
  const file = await realpath(source);
  return { files: path.dirname(file), entry: path.basename(file), name };
}

/** Names of the files, and of links, that lie directly in the folder, in order. */
export async function listFiles({ files, name }: SourceFiles): Promise<string[]> {
  if (typeof files !== 'string') {
    return [...files.keys()].filter((file) => !file.includes('/')).sort();
  }
  const entries = await readdir(files, { withFileTypes: true }).catch((cause: unknown) => {
    throw notFound(name, cause);
  });
  return entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => entry.name)
    .sort();
}

const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array) => Buffer.from(buffer, byteOffset, byteLength);

/** Up to `length` bytes at the start of a file, and as many at its end. */
export function readEnds({ files }: SourceFiles, file: string, length: number): Promise<{ start: Buffer; end: Buffer }> {
  return withModelFile(files, file, async ({ size, read }) => {
    const most = Math.min(length, size);
    const [start, end] = [await read(0, most), await read(size - most, most)];
    return { start: asBuffer(start), end: asBuffer(end) };
  });
}

/** The bytes of the one file meant. */
export function readEntry({ files, entry, name }: SourceFiles): Promise<Uint8Array> {
  if (entry === undefined) {
    throw new MobileNetError('ERR_INVALID_OPTION', `expected a file but ${describe(name)} is a folder`);
  }
  return readModelFile(files, entry, MAX_SOURCE_BYTES);
}
