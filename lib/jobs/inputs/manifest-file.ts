import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { MobileNetError } from '../../errors';
import { reasonOf } from '../../write-error';
import { splitLines } from '../split-lines';
import type { ListedInput } from './listed-input';
import { corruptManifest, parseManifestLine } from './manifest-line';
import { quote } from './quote';

/** What a saved list holds. */
export interface ManifestSummary {
  /** Pictures and archives. */
  inputs: number;
  archives: number;
  /** Hexadecimal SHA-256 of all of it; lists are the same if and only if these are. */
  sha256: string;
}

/** Bytes read at a time. */
const chunkBytes = 64 * 2 ** 10;
/** Bytes of a line at most. A name has 64 KiB, and six times that where all of it must be escaped; so has its root. */
const longestLine = 2 ** 20;
/** Bytes at the end of the file among which its last line is looked for. */
const longestTrailer = 256;

/** The beginning of the last line, which the hash covers like all before it. */
export function trailerStart(inputs: number, archives: number): string {
  return `{"inputs":${inputs},"archives":${archives},"sha256":"`;
}

/** What follows the hash. */
export const trailerEnd = '"}\n';

/** A saved list that is open and has its last line, and hence was once written to its end. */
export interface OpenManifest {
  path: string;
  file: FileHandle;
  summary: ManifestSummary;
  /** Where the last line begins. */
  end: number;
  /** Where the hash in it begins. */
  hashed: number;
}

/** Opens a saved list; undefined if there is none, or one that was not written to its end. Whoever gets it closes its file. */
export async function openManifest(path: string): Promise<OpenManifest | undefined> {
  let file: FileHandle;
  try {
    file = await open(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined;
    }
    throw unreadable(path, error);
  }
  try {
    const trailer = await readTrailer(file);
    if (trailer) {
      return { path, file, ...trailer };
    }
  } catch (error) {
    await file.close();
    throw unreadable(path, error);
  }
  await file.close();
  return undefined;
}

async function readTrailer(file: FileHandle): Promise<Pick<OpenManifest, 'summary' | 'end' | 'hashed'> | undefined> {
  const { size } = await file.stat();
  const length = Math.min(size, longestTrailer);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
  const text = buffer.toString('latin1', 0, bytesRead);
  const line = text.slice(text.lastIndexOf('\n', text.length - 2) + 1);
  const [, inputs, archives, sha256] =
    /^\{"inputs":(\d{1,15}),"archives":(\d{1,15}),"sha256":"([0-9a-f]{64})"\}\n$/.exec(line) ?? [];
  if (!sha256) {
    return undefined;
  }
  return {
    summary: { inputs: Number(inputs), archives: Number(archives), sha256 },
    end: size - line.length,
    hashed: size - trailerEnd.length - sha256.length,
  };
}

/**
 * What of the file its hash covers, a piece at a time; the memory of a piece is used for the next one. When all has been read, it
 * throws ERR_JOB_CORRUPT if the hash says otherwise.
 */
export async function* hashedBytes({ path, file, summary, hashed }: OpenManifest, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(chunkBytes);
  for (let position = 0; position < hashed; ) {
    signal?.throwIfAborted();
    const { bytesRead } = await file.read(chunk, 0, Math.min(chunkBytes, hashed - position), position).catch((error: unknown) => {
      throw unreadable(path, error);
    });
    if (bytesRead === 0) {
      throw corruptManifest(path, 'it became shorter while it was read');
    }
    const bytes = chunk.subarray(0, bytesRead);
    hash.update(bytes);
    position += bytesRead;
    yield bytes;
  }
  if (hash.digest('hex') !== summary.sha256) {
    throw corruptManifest(path, 'its bytes are not those that were written');
  }
}

/**
 * The inputs of a saved list. Throws ERR_JOB_CORRUPT where it is damaged, having handed out the inputs before; on abort, the
 * signal's reason.
 */
export async function* manifestInputs(
  manifest: OpenManifest,
  signal?: AbortSignal,
): AsyncGenerator<ListedInput, void, undefined> {
  const { path, summary } = manifest;
  const tooLong = (line: number) => corruptManifest(path, `line ${line} has more than ${longestLine} bytes`);
  let line = 0;
  for await (const text of splitLines(hashedBytes(manifest, signal), { longest: longestLine, tooLong, signal })) {
    line++;
    if (line <= summary.inputs) {
      yield parseManifestLine(text, path, line);
    } else if (line > summary.inputs + 1 || text !== trailerStart(summary.inputs, summary.archives)) {
      // Behind the inputs comes nothing but the beginning of the last line.
      throw corruptManifest(path, `expected ${summary.inputs} inputs but found more`);
    }
  }
}

/** {@link openManifest} of one that must be there. Throws ERR_JOB_CORRUPT. */
export async function requireManifest(path: string): Promise<OpenManifest> {
  const manifest = await openManifest(path);
  if (!manifest) {
    throw corruptManifest(path, 'it is missing, or was not written to its end');
  }
  return manifest;
}

function unreadable(path: string, cause: unknown): MobileNetError {
  return new MobileNetError('ERR_JOB_CORRUPT', `cannot read the saved list of inputs ${quote(path)}: ${reasonOf(cause)}`, {
    cause,
  });
}
