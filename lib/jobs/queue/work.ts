import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { deflateRaw } from 'node:zlib';
import type { Job as BullJob, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { abortable } from '../../abort';
import { MobileNetError } from '../../errors';
import { syncFiles } from '../journal/durable';
import type { OpenPictureRunner } from '../picture-runner';
import { rowLine } from '../rows';
import type { JobSpec } from '../spec';
import type { QueueAddress } from './address';
import { type ChunkOutcome, failedAmong, machineCodes, workCarefully, workThrough } from './chunk-work';
import { DamageNotes } from './damage-notes';
import { Gate } from './gate';
import { isAnswer, refusalPause, refusalText } from './insist';
import { DamagedRecordError } from './job-record';
import { belongsTo, type Chunk, checkChunk, type QueueJob } from './queue-job';
import { type ChunkTries, chunkQueue, QueueStore } from './queue-store';
import { RunnerCache, UnfitError } from './runner-cache';

export interface WorkOptions {
  /** Loads the models of jobs. */
  open: OpenPictureRunner;
  /** Options of this machine, in place of the job's. */
  own: Partial<JobSpec>;
  /** Chunks in work at a time, so that the pipeline does not run dry from one to the next. Default 2. */
  concurrency?: number;
  /** End when all jobs in the queue are done but those whose record is damaged. Default false: wait for more. */
  untilDone?: boolean;
  /** Milliseconds for which a chunk belongs to a worker that gives no sign of life. Default 30,000. */
  lockDuration?: number;
  /** Ends the work: chunks in work are finished. */
  signal: AbortSignal;
  /** What happens, for people. */
  say: (text: string) => void;
}

/** How it went. */
export interface WorkSummary {
  images: number;
  failed: number;
  chunks: number;
  /** With `untilDone` the names of jobs that were left because their record is damaged. */
  damaged: string[];
}

const defaultLockDuration = 30_000;
/** Workers look for chunks of dead ones so many times in the time a chunk belongs to one. */
const looksPerLock = 3;
const reportMilliseconds = 5000;
const idlePollMilliseconds = 500;
/** For taking the worker off the list: should Redis not answer, it drops off by itself. */
const farewellMilliseconds = 1000;
/** A handshake with Redis takes no longer, or never ends. */
const handshakeMilliseconds = 2000;
const handshakePoll = 5;
/** Milliseconds before a chunk that failed is tried again; each time doubled. */
const firstDelay = 1000;
const longestDelay = 60_000;

const compress = promisify(deflateRaw);

/** Milliseconds to wait after so many failures and one more. */
const doubled = (failures: number) => Math.min(firstDelay * 2 ** Math.max(0, failures), longestDelay);

/** What is no chunk is dropped from the queue: no worker could do anything with it. */
function chunkOf({ data }: BullJob): Chunk {
  try {
    return checkChunk(data);
  } catch (error) {
    const { UnrecoverableError } = require('bullmq') as typeof import('bullmq');
    throw new UnrecoverableError((error as Error).message);
  }
}

/** Takes chunks from the queue until it is told to end. */
class QueueWorker {
  readonly #options: WorkOptions;
  readonly #store: QueueStore;
  readonly #runners: RunnerCache;
  readonly #worker: Worker;
  readonly #queue: Queue;
  /** A chunk that is worked on carefully is alone. */
  readonly #gate = new Gate();
  readonly #damage: DamageNotes;
  readonly #id = randomUUID();
  readonly #ending = new AbortController();
  readonly #summary: WorkSummary = { images: 0, failed: 0, chunks: 0, damaged: [] };
  /** Why this worker cannot go on. */
  #failure: unknown;
  /** It does, while Redis takes nothing. */
  #pausing = false;
  #chunksAtWork = 0;
  #onIdle = () => {};
  #reporting = false;
  #reported = { images: 0, at: performance.now() };

  constructor(redis: Redis, blocking: Redis, address: QueueAddress, options: WorkOptions) {
    this.#options = options;
    this.#store = new QueueStore(redis, address.prefix, { onRefusal: (reason) => this.#sayRefusal(reason) });
    this.#runners = new RunnerCache(options.open, options.own);
    this.#damage = new DamageNotes(options.say);
    const { lockDuration = defaultLockDuration, concurrency = 2 } = options;
    const { Queue: ChunkQueue, Worker: ChunkWorker } = require('bullmq') as typeof import('bullmq');
    this.#queue = new ChunkQueue(chunkQueue, { connection: redis, prefix: address.prefix });
    this.#worker = new ChunkWorker(chunkQueue, (job, token) => this.#process(job, token), {
      connection: blocking,
      prefix: address.prefix,
      concurrency,
      lockDuration,
      stalledInterval: Math.ceil(lockDuration / looksPerLock),
      // Deaths of workers are counted for each image, see workCarefully.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      autorun: false,
    });
    this.#queue.on('error', () => {}); // the connection tells of it
    this.#worker.on('error', (error) => this.#onError(error));
  }

  async run(): Promise<WorkSummary> {
    const { signal, untilDone = false } = this.#options;
    const stop = () => this.#ending.abort();
    signal.addEventListener('abort', stop, { once: true });
    const timer = setInterval(() => void this.#report(), reportMilliseconds);
    try {
      if (signal.aborted) {
        stop();
      }
      void this.#worker.run().catch((error: unknown) => {
        if (!this.#ending.signal.aborted) {
          this.#end(error);
        }
      });
      void this.#report();
      await (untilDone ? this.#untilDone() : this.#untilEnd());
    } finally {
      clearInterval(timer);
      signal.removeEventListener('abort', stop);
      await this.#close();
      await this.#runners.dispose();
    }
    if (this.#failure) {
      throw this.#failure;
    }
    return this.#summary;
  }

  /** Waits for the chunks in work. Where there are none, a Redis that is gone is not waited for. */
  async #close(): Promise<void> {
    this.#ending.abort();
    await this.#worker.pause(true);
    await this.#idle();
    // Undefined also where it has never been there.
    const waiting = await Promise.race([this.#worker.getBackend().blockingClient, Promise.resolve(undefined)]);
    // In the middle of its handshake BullMQ does not get rid of a connection, which then keeps the process alive.
    for (let waited = 0; waiting?.status === 'connect' && waited < handshakeMilliseconds; waited += handshakePoll) {
      await sleep(handshakePoll);
    }
    // BullMQ would wait for ever for the end of a connection that is lost already.
    await this.#worker.close(waiting?.status !== 'ready');
    const farewell = this.#store.removeWorker(this.#id).catch(() => {});
    await Promise.race([farewell, sleep(farewellMilliseconds, undefined, { ref: false })]);
    await this.#queue.close();
  }

  async #idle(): Promise<void> {
    while (this.#chunksAtWork > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
  }

  async #untilEnd(): Promise<void> {
    const { signal } = this.#ending;
    if (!signal.aborted) {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    }
  }

  /** Until every job whose record can be read is submitted whole and no chunk of it is left, neither waiting nor in work anywhere. */
  async #untilDone(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      // Redis may be gone: then the end does not wait for its answer.
      const isDone = await abortable(this.#isAllDone(), signal).catch((error: unknown) => {
        if (!signal.aborted) {
          throw error;
        }
      });
      if (isDone) {
        return;
      }
      await sleep(idlePollMilliseconds, undefined, { signal }).catch(() => {});
    }
  }

  async #isAllDone(): Promise<boolean> {
    const { jobs, damaged } = await this.#store.jobs(await this.#store.names());
    for (const error of damaged) {
      this.#damage.tell(error);
    }
    this.#summary.damaged = damaged.map(({ job }) => job);
    return jobs.every(({ done, chunks }) => done >= chunks);
  }

  async #report(): Promise<void> {
    if (this.#reporting) {
      return; // Redis has not answered the last time yet
    }
    this.#reporting = true;
    const { images } = this.#summary;
    const now = performance.now();
    const rate = ((images - this.#reported.images) * 1000) / Math.max(1, now - this.#reported.at);
    this.#reported = { images, at: now };
    await this.#store.reportWorker(this.#id, { host: hostname(), pid: process.pid, images, rate }).catch(() => {});
    this.#reporting = false;
  }

  #sayRefusal(reason: string): void {
    this.#options.say(`${refusalText(reason)}; trying again until it does`);
  }

  /** This worker cannot go on. */
  #end(reason: unknown): void {
    this.#failure ??= reason;
    this.#ending.abort();
  }

  /**
   * What BullMQ says of a chunk whose lock another worker has by now needs nothing done, of the connection neither: it tells of itself. While
   * Redis takes nothing, BullMQ would ask for chunks without a pause.
   */
  #onError(error: Error): void {
    if (isAnswer(error) && !this.#pausing) {
      this.#pausing = true;
      this.#sayRefusal(error.message);
      void this.#pause();
    }
  }

  async #pause(): Promise<void> {
    await this.#worker.pause(true);
    await sleep(refusalPause, undefined, { signal: this.#ending.signal }).catch(() => {});
    this.#pausing = false;
    if (!this.#ending.signal.aborted) {
      await this.#worker.resume();
    }
  }

  async #process(bullJob: BullJob, token: string | undefined): Promise<void> {
    const chunk = chunkOf(bullJob);
    let tries: ChunkTries = { begun: 0, failed: 0 };
    let leave = () => {};
    this.#chunksAtWork++;
    try {
      const job = await this.#store.job(chunk.job);
      if (!job) {
        return; // it was collected
      }
      if (!belongsTo(chunk, job)) {
        this.#options.say(`the queue holds something under the name of '${chunk.job}' that is not of that job: it is dropped`);
        return;
      }
      if (await this.#store.isDone(chunk.job, chunk.chunk)) {
        return; // worked on elsewhere
      }
      tries = await this.#store.tries(chunk.job, chunk.chunk);
      const careful = tries.begun > 0 || tries.failed > 0;
      leave = await this.#gate.enter(careful);
      await this.#keep(chunk, await (careful ? this.#workCarefully(chunk, job, tries) : this.#workThrough(chunk, job)));
    } catch (error) {
      await this.#giveBack(bullJob, token, chunk, tries, error);
    } finally {
      leave();
      this.#chunksAtWork--;
      this.#onIdle();
    }
  }

  async #workThrough(chunk: Chunk, job: QueueJob): Promise<ChunkOutcome> {
    return this.#runners.use(job, async (runner) => {
      await this.#store.beginTry(chunk.job, chunk.chunk);
      try {
        return await workThrough(chunk, runner);
      } catch (error) {
        await this.#store.endTry(chunk.job, chunk.chunk);
        throw error;
      }
    });
  }

  #workCarefully(chunk: Chunk, job: QueueJob, tries: ChunkTries): Promise<ChunkOutcome> {
    return this.#runners.use(job, (runner) => workCarefully(chunk, runner, this.#store, tries));
  }

  async #keep({ job, chunk }: Chunk, { rows, files }: ChunkOutcome): Promise<void> {
    // They must outlive a power cut here: once the rows are kept, nobody makes them again.
    await syncFiles(files);
    const text = rows.map((row) => `${rowLine(row)}\n`).join('');
    const failed = failedAmong(rows);
    const kept = await this.#store.keep(job, chunk, await compress(text), rows.length, failed);
    this.#damage.forget(job);
    if (kept) {
      this.#summary.images += rows.length;
      this.#summary.failed += failed;
      this.#summary.chunks++;
    }
  }

  /** Puts a chunk back, for later or for another worker. What this machine lacks ends this worker. */
  async #giveBack(bullJob: BullJob, token: string | undefined, chunk: Chunk, tries: ChunkTries, error: unknown): Promise<never> {
    const { DelayedError } = require('bullmq') as typeof import('bullmq');
    const delay = await this.#delayAfter(error, chunk, tries, bullJob);
    await bullJob.moveToDelayed(Date.now() + delay, token);
    throw new DelayedError();
  }

  /** Says what went wrong with a chunk, and takes note of it; the milliseconds after which it may be tried again. */
  async #delayAfter(error: unknown, { job, chunk }: Chunk, { failed }: ChunkTries, bullJob: BullJob): Promise<number> {
    if (error instanceof DamagedRecordError) {
      this.#damage.tell(error);
      return doubled(bullJob.attemptsStarted - 1); // no failure of the chunk's own, for which there may be no record to count it in
    }
    const cause = error instanceof UnfitError ? error.reason : error;
    const reason =
      cause instanceof MobileNetError ? `${cause.message} (${cause.code})` : String((cause as Error)?.stack ?? cause);
    this.#options.say(`chunk ${chunk} of '${job}' goes back into the queue: ${reason}`);
    if (error instanceof UnfitError || (error instanceof MobileNetError && machineCodes.includes(error.code))) {
      this.#end(cause);
      return firstDelay;
    }
    await this.#store.countFailure(job, chunk);
    return doubled(failed);
  }
}

/**
 * Works on the chunks of a queue until the signal aborts; chunks in work are finished first.
 *
 * Throws what this machine lacks for the jobs in the queue, whose chunks have been put back: ERR_INPUT_LOST (a share is not mounted),
 * ERR_JOB_CHANGED (the model is another one here), ERR_NO_DEVICE, ERR_NATIVE_LOAD, ERR_WRITE, and all that opening a runner throws.
 *
 * @param blocking a second connection, on which the worker waits for chunks
 */
export function workOnQueue(redis: Redis, blocking: Redis, address: QueueAddress, options: WorkOptions): Promise<WorkSummary> {
  return new QueueWorker(redis, blocking, address, options).run();
}
