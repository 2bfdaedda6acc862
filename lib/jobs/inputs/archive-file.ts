import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { MobileNetError } from '../../errors';
import { reasonOf } from '../../write-error';
import { quote } from './quote';

/** What an archive was like when it was listed. */
export interface ArchiveState {
  /** In bytes. */
  size: number;
  /** Milliseconds since 1970. */
  modified: number;
}

/** Bytes read at once where less is wanted: many headers and small members at a time. */
const windowBytes = 64 * 2 ** 10;
/** Bytes read between two looks at the signal. */
const readBytes = 16 * 2 ** 20;

/**
 * An archive that is open, read at any place. Its errors tell an archive that changed under the reader from one that is damaged.
 */
export class ArchiveFile {
  #window = Buffer.alloc(0);
  #windowStart = 0;

  private constructor(
    readonly path: string,
    readonly size: number,
    readonly modified: number,
    private readonly signal: AbortSignal | undefined,
    private readonly file: FileHandle,
  ) {}

  /** Throws ERR_INPUT_LOST where the archive is gone or is not what was expected. */
  static async open(path: string, expected: ArchiveState | undefined, signal?: AbortSignal): Promise<ArchiveFile> {
    signal?.throwIfAborted();
    let file: FileHandle;
    try {
      // O_NONBLOCK: opening a named pipe must not wait for its writer.
      file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    } catch (error) {
      throw lost(path, reasonOf(error), error);
    }
    try {
      const status = await file.stat();
      const archive = new ArchiveFile(path, status.size, modifiedAt(status), signal, file);
      if (!status.isFile()) {
        throw lost(path, 'it is no longer a file');
      }
      if (expected && (archive.size !== expected.size || archive.modified !== expected.modified)) {
        throw lost(path, 'it is not the one that was listed: its size or time of writing has changed');
      }
      return archive;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /**
   * Bytes of the archive, in memory of their own. They must lie within its size. Throws ERR_INPUT_LOST; on abort, the signal's
   * reason.
   */
  async read(position: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafeSlow(length);
    let done = this.#copyWindow(position, bytes);
    if (length - done >= windowBytes) {
      await this.#fill(position + done, bytes.subarray(done));
    } else if (done < length) {
      const start = position + done;
      const window = Buffer.allocUnsafeSlow(Math.min(windowBytes, this.size - start));
      await this.#fill(start, window);
      this.#window = window;
      this.#windowStart = start;
      done += this.#copyWindow(start, bytes.subarray(done));
    }
    return bytes;
  }

  /** An ERR_ARCHIVE_CORRUPT. Throws ERR_INPUT_LOST instead if the archive was changed meanwhile, which explains the damage. */
  async damaged(why: string): Promise<MobileNetError> {
    await this.checkUnchanged();
    return new MobileNetError('ERR_ARCHIVE_CORRUPT', `cannot read the archive ${quote(this.path)}: ${why}`);
  }

  /** Throws ERR_INPUT_LOST if the archive was written to since it was opened. */
  async checkUnchanged(): Promise<void> {
    const status = await this.file.stat().catch((error: unknown) => {
      throw lost(this.path, reasonOf(error), error);
    });
    if (status.size !== this.size || modifiedAt(status) !== this.modified) {
      throw this.#changed();
    }
  }

  close(): Promise<void> {
    return this.file.close();
  }

  /** Copies what the window holds of the bytes from `position` on; returns how many these were. */
  #copyWindow(position: number, target: Buffer): number {
    const start = position - this.#windowStart;
    return start >= 0 && start < this.#window.length ? this.#window.copy(target, 0, start) : 0;
  }

  async #fill(position: number, target: Buffer): Promise<void> {
    let done = 0;
    while (done < target.length) {
      this.signal?.throwIfAborted();
      const { bytesRead } = await this.#readOnce(target, done, position + done);
      if (bytesRead === 0) {
        throw this.#changed();
      }
      done += bytesRead;
    }
  }

  async #readOnce(target: Buffer, offset: number, position: number) {
    try {
      return await this.file.read(target, offset, Math.min(readBytes, target.length - offset), position);
    } catch (error) {
      throw lost(this.path, reasonOf(error), error);
    }
  }

  #changed(): MobileNetError {
    return lost(this.path, 'it was changed while it was read');
  }
}

/** When a file was last written, in whole milliseconds since 1970. */
export function modifiedAt({ mtimeMs }: Stats): number {
  return Math.floor(mtimeMs);
}

function lost(path: string, why: string, cause?: unknown): MobileNetError {
  return new MobileNetError('ERR_INPUT_LOST', `cannot read the archive ${quote(path)}: ${why}`, { cause });
}
