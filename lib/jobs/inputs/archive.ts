import { createReadStream, type ReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Parser, ReadEntry } from 'tar';
import { MobileNetError } from '../../errors';
import { tooManyBytes } from '../../images/errors';
import { maxFileBytes } from '../../images/read';
import type { Reference } from '../reference';
import type { ListedInput } from './listed-input';
import { isHiddenName, isPictureName } from './picture-files';
import { inShard, type Shard } from './shard';

export interface ArchiveOptions {
  shard?: Shard;
  /** Leaves out so many pictures at the beginning, without reading them. Default 0. */
  skip?: number;
  /** Told of each that was left out. */
  onSkip?: () => void;
  signal?: AbortSignal;
}

export type ListedArchive = Extract<ListedInput, { kind: 'archive' }>;

function damaged(path: string, why: string): MobileNetError {
  return new MobileNetError('ERR_ARCHIVE_CORRUPT', `the archive '${path}' is damaged: ${why}`);
}

/** What the parser only warns of, though members may be lost by it. */
const fatalWarnings = ['TAR_BAD_ARCHIVE', 'TAR_ENTRY_INVALID', 'TAR_ENTRY_ERROR', 'TAR_ABORT'];

/** The archive must be what was listed: pictures could be lost, or come twice, in another. */
async function checkUnchanged({ path, size, modified }: ListedArchive): Promise<void> {
  const status = await stat(path).catch((cause) => {
    throw new MobileNetError('ERR_INPUT_LOST', `the archive '${path}' is gone: it must be back to go on`, { cause });
  });
  if (status.size !== size || Math.floor(status.mtimeMs) !== modified) {
    throw new MobileNetError('ERR_INPUT_LOST', `the archive '${path}' has changed since it was listed`);
  }
}

function isWanted(entry: ReadEntry, shard: Shard | undefined): boolean {
  const isFile = entry.type === 'File' || entry.type === 'OldFile' || entry.type === 'ContiguousFile';
  return isFile && isPictureName(entry.path) && !isHiddenName(basename(entry.path)) && (!shard || inShard(entry.path, shard));
}

/** What happens while an archive is read. */
type ArchiveEvent = { entry: ReadEntry } | { error: unknown } | { end: true };

/** The wanted members of an archive as events, one after the other: the next is read when the one before it has been. */
class ArchiveReader {
  readonly #events: ArchiveEvent[] = [];
  readonly #file: ReadStream;
  readonly #parser: Parser;
  #wake = () => {};
  #complete = false;

  constructor(path: string, isWantedNext: (entry: ReadEntry) => boolean) {
    const tar = require('tar') as typeof import('tar');
    this.#file = createReadStream(path);
    this.#parser = new tar.Parser({
      gzip: false,
      brotli: false,
      zstd: false,
      onwarn: (code, message) => {
        if (fatalWarnings.includes(code)) {
          this.#tell({ error: damaged(path, String(message)) });
        }
      },
    });
    this.#parser.on('entry', (entry: ReadEntry) => {
      if (isWantedNext(entry)) {
        this.#tell({ entry });
      } else {
        entry.resume();
      }
    });
    this.#parser.on('error', (error: Error) => this.#tell({ error: damaged(path, error.message) }));
    this.#parser.on('eof', () => {
      this.#complete = true;
    });
    this.#parser.on('end', () =>
      this.#tell(this.#complete ? { end: true } : { error: damaged(path, 'it ends before its end mark, as if cut short') }),
    );
    this.#file.on('error', (error) =>
      this.fail(new MobileNetError('ERR_INPUT_LOST', `cannot read the archive '${path}': ${error.message}`, { cause: error })),
    );
    this.#file.pipe(this.#parser as unknown as NodeJS.WritableStream);
  }

  #tell(event: ArchiveEvent): void {
    this.#events.push(event);
    this.#wake();
  }

  /** Ends the reading, also of a member that is being read. */
  fail(error: unknown): void {
    this.#tell({ error });
    this.close();
    this.#parser.end();
  }

  /** The next member; undefined at the end. Throws what went wrong. */
  async next(): Promise<ReadEntry | undefined> {
    if (this.#events.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const event = this.#events.shift() as ArchiveEvent;
    if ('error' in event) {
      throw event.error;
    }
    return 'entry' in event ? event.entry : undefined;
  }

  /** The bytes of a member. Throws what went wrong. */
  async read(entry: ReadEntry): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const part of entry) {
      parts.push(part as Uint8Array);
      length += part.length;
    }
    if (length !== entry.size) {
      await this.next(); // says why
    }
    return Buffer.concat(parts, length);
  }

  close(): void {
    this.#file.unpipe();
    this.#file.destroy();
  }
}

/**
 * The pictures of a tar file, in its order, while it is read: nothing is written to disk, and only one picture is held at a time. Members are
 * called `archive.tar/member`; those without a picture's ending and hidden ones are passed over.
 *
 * Throws ERR_INPUT_LOST when it is gone or has changed, ERR_ARCHIVE_CORRUPT when it cannot be read to its end; on abort, the signal's reason.
 */
export async function* readArchive(
  archive: ListedArchive,
  { shard, skip = 0, onSkip, signal }: ArchiveOptions = {},
): AsyncGenerator<Reference, void, undefined> {
  const { path } = archive;
  await checkUnchanged(archive);
  let left = skip;
  const reader = new ArchiveReader(path, (entry) => {
    const wanted = isWanted(entry, shard);
    if (wanted && left > 0) {
      left--;
      onSkip?.();
      return false;
    }
    return wanted;
  });
  const stop = () => reader.fail(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    signal?.throwIfAborted();
    for (let entry = await reader.next(); entry; entry = await reader.next()) {
      const name = `${path}/${entry.path}`;
      if (entry.size > maxFileBytes) {
        entry.resume();
        yield { name, image: new Uint8Array(), failure: tooManyBytes(`'${name}'`, maxFileBytes) };
      } else {
        yield { name, image: await reader.read(entry) };
      }
    }
    await checkUnchanged(archive);
  } finally {
    signal?.removeEventListener('abort', stop);
    reader.close();
  }
}
