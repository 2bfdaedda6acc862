import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import type { Redis } from 'ioredis';
import { MobileNetError } from '../../errors';
import { isPlainObject } from '../plain-object';
import type { QueueAddress } from './address';
import type { StoredJob } from './job-record';
import { QueueStore } from './queue-store';

/** What rows are collected into. */
export interface RowSink {
  /** Rows there are. */
  readonly rows: number;
  append(line: string, options?: { errorCode?: string }): Promise<void>;
  /** When it resolves, the rows so far are on disk to stay. */
  checkpoint(): Promise<void>;
}

export interface CollectOptions {
  job: string;
  sink: RowSink;
  /** Ends it between two chunks, with what was collected on disk. */
  signal: AbortSignal;
  onProgress?: (job: StoredJob) => void;
  /** Milliseconds without a row after which it is looked whether Redis has lost something. Default 10,000. */
  patience?: number;
  /** Told once when Redis begins to refuse to write, in its own words. */
  onRefusal?: (reason: string) => void;
}

/** Rows of chunks are dropped from Redis when so many are in the output, or so much time has passed. */
const chunksPerCheckpoint = 64;
const checkpointMilliseconds = 1000;
/** Milliseconds between two looks for a chunk that is not done yet. */
const pollMilliseconds = 200;
/** Milliseconds without a row after which it is looked whether the chunk is in the queue at all. */
const defaultPatience = 10_000;
/** Characters of rows between two turns of the event loop, which the sink gives it for the most part only when it writes. */
const charactersAtATime = 2 ** 16;
/** A chunk's rows, unpacked; far more than any chunk has. */
const mostChunkBytes = 2 ** 30;

const decompress = promisify(inflateRaw);

class Collection {
  readonly #store: QueueStore;
  readonly #options: CollectOptions;
  /** Chunks whose rows are on disk. */
  #safe = 0;
  #lastCheckpoint = performance.now();
  #lastRows = performance.now();

  constructor(store: QueueStore, options: CollectOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Whether all is collected. */
  async run(): Promise<boolean> {
    const { sink, signal, onProgress } = this.#options;
    let job = await this.#state();
    let chunk = Math.min(job.chunks, Math.floor(sink.rows / job.chunkSize));
    let skip = sink.rows - chunk * job.chunkSize;
    if (sink.rows >= job.images) {
      chunk = job.chunks;
      skip = 0;
    }
    if (chunk < job.collected) {
      throw elsewhere(job, this.#options.job);
    }
    this.#safe = job.collected;
    while (chunk < job.chunks && !signal.aborted) {
      const rows = await this.#store.rows(this.#options.job, chunk);
      if (rows) {
        this.#lastRows = performance.now();
        await this.#append(rows, job, chunk, skip);
        skip = 0;
        chunk++;
        if (chunk - this.#safe >= chunksPerCheckpoint || performance.now() - this.#lastCheckpoint > checkpointMilliseconds) {
          await this.#checkpoint(chunk);
        }
        continue;
      }
      await this.#checkpoint(chunk);
      job = await this.#state();
      if (job.collected > chunk) {
        throw elsewhere(job, this.#options.job);
      }
      onProgress?.(job);
      await this.#checkThere(job, chunk);
      await sleep(pollMilliseconds, undefined, { signal }).catch(() => {});
    }
    await this.#checkpoint(chunk);
    job = await this.#state();
    onProgress?.(job);
    return chunk === job.chunks;
  }

  async #state(): Promise<StoredJob> {
    const job = await this.#store.job(this.#options.job);
    if (!job) {
      throw new MobileNetError('ERR_QUEUE', `there is no job '${this.#options.job}' in the queue`);
    }
    return job;
  }

  /** Throws ERR_QUEUE for a chunk that will never be done: Redis has lost it, or its rows. */
  async #checkThere(job: StoredJob, chunk: number): Promise<void> {
    const { patience = defaultPatience } = this.#options;
    if (performance.now() - this.#lastRows < patience) {
      return;
    }
    this.#lastRows = performance.now();
    const name = this.#options.job;
    const lost = await this.#store.forgetLost(name, chunk, imagesOf(job, chunk));
    if (lost || (chunk < job.submitted && (await this.#store.missing(name, chunk, chunk + 1)).length > 0)) {
      const what = lost ? `the rows of chunk ${chunk}` : `chunk ${chunk}`;
      throw new MobileNetError('ERR_QUEUE', `Redis has lost ${what} of '${name}': run mobilenet submit again, and then collect`);
    }
  }

  async #append(compressed: Buffer, job: StoredJob, chunk: number, skip: number): Promise<void> {
    const lines = await this.#unpack(compressed, chunk);
    const expected = imagesOf(job, chunk);
    if (lines.length !== expected) {
      throw damaged(this.#options.job, chunk, `it has ${lines.length} rows, not ${expected}`);
    }
    let unread = 0;
    for (const [index, line] of lines.entries()) {
      if (index >= skip) {
        await this.#options.sink.append(line, { errorCode: this.#errorCode(line, chunk) });
        unread += line.length;
      }
      if (unread >= charactersAtATime) {
        unread = 0;
        await setImmediate();
      }
    }
  }

  /** The code of a row's error, where it has one. */
  #errorCode(line: string, chunk: number): string | undefined {
    let row: unknown;
    try {
      row = JSON.parse(line);
    } catch (error) {
      throw damaged(this.#options.job, chunk, (error as Error).message);
    }
    if (!isPlainObject(row) || typeof row.image !== 'string') {
      throw damaged(this.#options.job, chunk, 'it has a row without an image');
    }
    if (row.error === undefined) {
      return undefined;
    }
    const { code } = isPlainObject(row.error) ? row.error : {};
    if (typeof code !== 'string' || !/^ERR_\w{1,60}$/.test(code)) {
      throw damaged(this.#options.job, chunk, 'it has a row whose error has no code');
    }
    return code;
  }

  async #unpack(compressed: Buffer, chunk: number): Promise<string[]> {
    try {
      const text = (await decompress(compressed, { maxOutputLength: mostChunkBytes })).toString('utf8');
      return text.split('\n').slice(0, -1);
    } catch (error) {
      throw damaged(this.#options.job, chunk, (error as Error).message);
    }
  }

  /** Rows are dropped from Redis when they are on disk, and not before. */
  async #checkpoint(chunk: number): Promise<void> {
    this.#lastCheckpoint = performance.now();
    if (chunk > this.#safe) {
      await this.#options.sink.checkpoint();
      await this.#store.dropCollected(this.#options.job, chunk);
      this.#safe = chunk;
    }
  }
}

const imagesOf = ({ images, chunkSize }: StoredJob, chunk: number) => Math.min(chunkSize, images - chunk * chunkSize);

function damaged(job: string, chunk: number, why: string): MobileNetError {
  return new MobileNetError('ERR_QUEUE', `the rows of chunk ${chunk} of '${job}' are damaged: ${why}`);
}

function elsewhere({ collected, chunkSize }: StoredJob, name: string): MobileNetError {
  const rows = collected * chunkSize;
  const message = `the first ${rows} rows of '${name}' have been collected into another output, and are no longer in the queue`;
  return new MobileNetError('ERR_JOB_CHANGED', message);
}

/**
 * Collects the rows of a job in the order of its images, as they come, and drops them from Redis once they are on disk. Resolves to whether all
 * are there; not where the signal aborted.
 *
 * Throws ERR_QUEUE where there is no such job, ERR_JOB_CHANGED where rows were collected into another output, and what the sink throws.
 */
export function collectRows(redis: Redis, address: QueueAddress, options: CollectOptions): Promise<boolean> {
  return new Collection(new QueueStore(redis, address.prefix, options), options).run();
}
