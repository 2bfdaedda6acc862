import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { MobileNetError } from '../../errors';
import { writeError } from '../../write-error';
import { type Checkpoint, encodeCheckpoint, noRows, readCheckpoints } from './checkpoints';
import { syncFiles, syncFolder } from './durable';

/** Characters of rows gathered before they are written. */
const blockLength = 2 ** 18;

export interface AppendOptions {
  /** Files that belong to the row: they are on disk before it counts. */
  files?: readonly string[];
  /** The code of its error, for the row of a picture that failed. */
  errorCode?: string;
}

const rowsFile = 'rows.jsonl';
const checkpointsFile = 'checkpoints';

/** The file of a folder's rows. */
export const rowsPath = (folder: string) => join(folder, rowsFile);

/**
 * The rows of a job as far as it is. What counts is the last checkpoint, not the length of the file: whatever happens, {@link RowLog.reopen} finds
 * the rows up to it, and drops what is behind it. Calls are done one after the other; after one has failed all others fail likewise.
 */
export class RowLog {
  readonly #folder: string;
  readonly #rows: FileHandle;
  readonly #checkpoints: FileHandle;
  /** What is in the file or on its way there, synced or not. */
  #state: Checkpoint;
  #block = '';
  /** Files whose rows came since the last checkpoint. */
  #files: string[] = [];
  #last: Promise<unknown> = Promise.resolve();
  #failure: unknown;

  private constructor(folder: string, rows: FileHandle, checkpoints: FileHandle, state: Checkpoint) {
    this.#folder = folder;
    this.#rows = rows;
    this.#checkpoints = checkpoints;
    this.#state = state;
  }

  /** Begins with no rows; what the folder holds of others is dropped. Throws ERR_WRITE. */
  static create(folder: string): Promise<RowLog> {
    return RowLog.#open(folder, noRows);
  }

  /**
   * Goes on after the last checkpoint whose rows are there unchanged. Throws ERR_JOB_CORRUPT where there is none though there were some,
   * ERR_WRITE.
   */
  static async reopen(folder: string): Promise<RowLog> {
    const checkpoints = await readCheckpoints(join(folder, checkpointsFile));
    return RowLog.#open(folder, await lastIntact(rowsPath(folder), checkpoints));
  }

  static async #open(folder: string, state: Checkpoint): Promise<RowLog> {
    const path = join(folder, checkpointsFile);
    const handles: FileHandle[] = [];
    try {
      // a: every write goes to the end, and nothing that is there is touched.
      const rows = await open(rowsPath(folder), 'a');
      handles.push(rows);
      await rows.truncate(state.bytes);
      await rows.sync();
      const temporary = `${path}.part`;
      await writeFile(temporary, encodeCheckpoint(state), { flush: true });
      await rename(temporary, path);
      await syncFolder(folder);
      const checkpoints = await open(path, 'a');
      handles.push(checkpoints);
      return new RowLog(folder, rows, checkpoints, { ...state, failures: { ...state.failures } });
    } catch (error) {
      await Promise.all(handles.map((handle) => handle.close()));
      throw error instanceof MobileNetError ? error : writeError(folder, error);
    }
  }

  /** Rows there are, those that are not on disk yet among them. */
  get rows(): number {
    return this.#state.rows;
  }

  /** Rows of failed pictures by the code of their error. */
  get failures(): Readonly<Record<string, number>> {
    return this.#state.failures;
  }

  /** Adds a row, a line without its line break. Throws ERR_WRITE. */
  append(line: string, { files = [], errorCode }: AppendOptions = {}): Promise<void> {
    return this.#inTurn(async () => {
      this.#block += `${line}\n`;
      this.#files.push(...files);
      this.#state.rows++;
      if (errorCode !== undefined) {
        this.#state.failures[errorCode] = (this.#state.failures[errorCode] ?? 0) + 1;
      }
      if (this.#block.length >= blockLength) {
        await this.#write();
      }
    });
  }

  /** When it resolves, all rows so far and their files are on disk to stay. Throws ERR_WRITE. */
  checkpoint(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#write();
      await syncFiles(this.#files);
      this.#files = [];
      await this.#rows.datasync();
      await this.#checkpoints.appendFile(encodeCheckpoint(this.#state));
      await this.#checkpoints.datasync();
    });
  }

  /** Rows since the last checkpoint are lost. Never fails. */
  async close(): Promise<void> {
    await this.#last.catch(() => {});
    await Promise.all([this.#rows.close(), this.#checkpoints.close()]).catch(() => {});
  }

  async #write(): Promise<void> {
    const bytes = Buffer.from(this.#block, 'utf8');
    this.#block = '';
    if (bytes.length > 0) {
      await this.#rows.appendFile(bytes);
      this.#state.bytes += bytes.length;
      this.#state.crc = crc32(bytes, this.#state.crc);
    }
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(async () => {
      if (this.#failure !== undefined) {
        throw this.#failure;
      }
      try {
        await work();
      } catch (error) {
        this.#failure = error instanceof MobileNetError ? error : writeError(rowsPath(this.#folder), error);
        throw this.#failure;
      }
    });
    this.#last = turn.catch(() => {});
    return turn;
  }
}

/** The last of the checkpoints up to which the file of rows is what it was. */
async function lastIntact(path: string, checkpoints: readonly Checkpoint[]): Promise<Checkpoint> {
  const ahead = checkpoints.filter(({ bytes }) => bytes > 0);
  if (ahead.length === 0) {
    return noRows;
  }
  let intact: Checkpoint | undefined;
  let position = 0;
  let crc = 0;
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      let rest = chunk;
      while (ahead[0] && position + rest.length >= ahead[0].bytes) {
        const next = ahead.shift() as Checkpoint;
        const part = rest.subarray(0, next.bytes - position);
        crc = crc32(part, crc);
        position += part.length;
        rest = rest.subarray(part.length);
        intact = crc === next.crc ? next : intact;
      }
      if (ahead.length === 0) {
        break;
      }
      crc = crc32(rest, crc);
      position += rest.length;
    }
  } catch (error) {
    throw new MobileNetError('ERR_JOB_CORRUPT', `cannot read '${path}': ${(error as Error).message}`, { cause: error });
  }
  if (intact) {
    return intact;
  }
  const message = `'${path}' is not what was written to it: its rows are lost, the job must begin anew`;
  throw new MobileNetError('ERR_JOB_CORRUPT', message);
}
