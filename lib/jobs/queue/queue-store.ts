import type { Redis } from 'ioredis';
import { isPlainObject } from '../plain-object';
import { Insistence, type InsistOptions } from './insist';
import { aboutJob, DamagedRecordError, isCount, parsed, progressFields, type StoredJob, toStoredJob } from './job-record';
import type { QueueJob } from './queue-job';
import { createScript, dropScript, forgetScript, keepScript, raiseScript, removeScript } from './store-scripts';

/** Name of BullMQ's queue; its keys begin with the prefix and this. */
export const chunkQueue = 'chunks';

/** Seconds for which a job that was collected is remembered. */
const tombstoneSeconds = 30 * 24 * 3600;

/** Milliseconds since 1970 that a date can hold. */
const latestTime = 8.64e15;

/** Chunks whose rows are dropped in one step, in which nobody else is served. */
const droppedAtOnce = 500;

/** Milliseconds after which a worker that has not been heard of is gone. */
const workerSilence = 20_000;

/** What is told of a worker. */
export interface WorkerReport {
  host: string;
  pid: number;
  images: number;
  /** Images per second lately. */
  rate: number;
}

/** What has become of the earlier tries of a chunk. */
export interface ChunkTries {
  /** Tries of all its images together that have begun and not ended: but for one that another worker is at, their workers have died. */
  begun: number;
  /** Tries that failed with an error of the chunk's own. */
  failed: number;
}

/** Jobs that have been looked up. */
export interface FoundJobs {
  jobs: (StoredJob & { name: string })[];
  /** Of those whose record is damaged. */
  damaged: DamagedRecordError[];
}

function isReport(value: unknown): value is WorkerReport {
  if (!isPlainObject(value)) {
    return false;
  }
  const { host, pid, images, rate } = value;
  return typeof host === 'string' && isCount(pid) && isCount(images) && typeof rate === 'number' && Number.isFinite(rate);
}

/** What Redis knows of jobs beside BullMQ's queue of chunks. What Redis refuses to write for now is written again until it takes it. */
export class QueueStore {
  readonly #redis: Redis;
  readonly #prefix: string;
  readonly #insistence: Insistence;

  constructor(redis: Redis, prefix: string, options?: InsistOptions) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#insistence = new Insistence(options);
  }

  #eval(name: string, script: string, keys: readonly string[], args: readonly (string | number | Buffer)[]): Promise<unknown> {
    return aboutJob(
      name,
      this.#insistence.write(() => this.#redis.eval(script, keys.length, ...keys, ...args)),
    );
  }

  #key(...parts: (string | number)[]): string {
    return [this.#prefix, 'job', ...parts].join(':');
  }

  get #jobs(): string {
    return `${this.#prefix}:jobs`;
  }

  /** The key BullMQ keeps a chunk under. */
  #chunkKey(name: string, chunk: number): string {
    return `${this.#prefix}:${chunkQueue}:${chunkId(name, chunk)}`;
  }

  /** Names of all jobs, sorted. */
  async names(): Promise<string[]> {
    return (await this.#redis.smembers(this.#jobs)).sort();
  }

  /** A job; undefined where there is none. Throws ERR_QUEUE for a damaged record. */
  async job(name: string): Promise<StoredJob | undefined> {
    const fields = await aboutJob(name, this.#redis.hgetall(this.#key(name)));
    return Object.keys(fields).length === 0 ? undefined : toStoredJob(name, fields);
  }

  /** Several jobs, without names under which there is none. One whose record is damaged does not hide the others. */
  async jobs(names: readonly string[]): Promise<FoundJobs> {
    const found: FoundJobs = { jobs: [], damaged: [] };
    const look = (name: string) =>
      this.job(name).catch((error: unknown) => {
        if (error instanceof DamagedRecordError) {
          return error;
        }
        throw error;
      });
    const jobs = await Promise.all(names.map(look));
    for (const [index, job] of jobs.entries()) {
      if (job instanceof DamagedRecordError) {
        found.damaged.push(job);
      } else if (job) {
        found.jobs.push({ ...job, name: names[index] as string });
      }
    }
    return found;
  }

  /** Whether it was made: false where there is one of that name, or one was collected lately. */
  async create(name: string, job: QueueJob): Promise<boolean> {
    const fields = { job: JSON.stringify(job), created: Date.now() };
    const counts = Object.fromEntries(progressFields.slice(1).map((field) => [field, 0]));
    const pairs = Object.entries({ ...counts, ...fields }).flat();
    const keys = [this.#key(name), this.#jobs, this.#key(name, 'finished')];
    return (await this.#eval(name, createScript, keys, [name, ...pairs])) === 1;
  }

  /** Takes note that all chunks before this one are in the queue. */
  async raiseSubmitted(name: string, chunk: number): Promise<void> {
    await this.#eval(name, raiseScript, [this.#key(name)], ['submitted', chunk]);
  }

  async isDone(name: string, chunk: number): Promise<boolean> {
    return (await aboutJob(name, this.#redis.getbit(this.#key(name, 'done'), chunk))) === 1;
  }

  /** Of some chunks those that are neither done nor in the queue. */
  async missing(name: string, from: number, to: number): Promise<number[]> {
    const pipeline = this.#redis.pipeline();
    for (let chunk = from; chunk < to; chunk++) {
      pipeline.getbit(this.#key(name, 'done'), chunk);
      pipeline.exists(this.#chunkKey(name, chunk));
    }
    const answers = (await pipeline.exec()) ?? [];
    const isSet = (index: number) => answers[index]?.[1] === 1;
    return Array.from({ length: to - from }, (_, i) => i)
      .filter((i) => !isSet(2 * i) && !isSet(2 * i + 1))
      .map((i) => from + i);
  }

  /** Whether the rows of a chunk were kept: not where they were there already. */
  async keep(name: string, chunk: number, rows: Buffer, images: number, failed: number): Promise<boolean> {
    const keys = [this.#key(name), this.#key(name, 'done'), this.#key(name, 'rows', chunk), this.#key(name, 'tries', chunk)];
    const kept = await this.#eval(name, keepScript, keys, [chunk, rows, images, failed]);
    if (kept === -1) {
      throw new DamagedRecordError(name);
    }
    return kept === 1;
  }

  /** The rows of a chunk, compressed; undefined where there are none yet, or none any more. */
  async rows(name: string, chunk: number): Promise<Buffer | undefined> {
    return (await aboutJob(name, this.#redis.getBuffer(this.#key(name, 'rows', chunk)))) ?? undefined;
  }

  /**
   * Drops rows that are in the output, those of all chunks before this one. Where it begins Redis says: one that was restarted has rows again that
   * had been dropped.
   */
  async dropCollected(name: string, to: number): Promise<void> {
    for (;;) {
      const from = Number((await aboutJob(name, this.#redis.hget(this.#key(name), 'collected'))) ?? to);
      if (!isCount(from)) {
        throw new DamagedRecordError(name);
      }
      if (from >= to) {
        return;
      }
      const next = Math.min(to, from + droppedAtOnce);
      const keys = Array.from({ length: next - from }, (_, i) => this.#key(name, 'rows', from + i));
      await this.#eval(name, dropScript, [this.#key(name), ...keys], [from, next]);
    }
  }

  /** Whether a chunk counted as done whose rows are gone; it does not any more. */
  async forgetLost(name: string, chunk: number, images: number): Promise<boolean> {
    const keys = [this.#key(name), this.#key(name, 'done'), this.#key(name, 'rows', chunk)];
    return (await this.#eval(name, forgetScript, keys, [chunk, images])) === 1;
  }

  async tries(name: string, chunk: number): Promise<ChunkTries> {
    const fields = await aboutJob(name, this.#redis.hmget(this.#key(name, 'tries', chunk), 'begun', 'failed'));
    const [begun = 0, failed = 0] = fields.map((field) => Number(field ?? 0));
    if (!Number.isSafeInteger(begun) || !Number.isSafeInteger(failed)) {
      throw new DamagedRecordError(name);
    }
    return { begun, failed };
  }

  /** All images of a chunk are in work together: should this worker die, it may be of any of them. */
  async beginTry(name: string, chunk: number): Promise<void> {
    await this.#count(name, chunk, 'begun', 1);
  }

  /** What was begun has ended, and not with the worker. */
  async endTry(name: string, chunk: number): Promise<void> {
    await this.#count(name, chunk, 'begun', -1);
  }

  /** A try failed for a reason of the chunk's own. */
  async countFailure(name: string, chunk: number): Promise<void> {
    await this.#count(name, chunk, 'failed', 1);
  }

  /** Takes an image of a chunk in hand, alone, and answers how many times it had been before and not been put down. */
  async takeInHand(name: string, chunk: number, image: number): Promise<number> {
    return (await this.#count(name, chunk, String(image), 1)) - 1;
  }

  #count(name: string, chunk: number, field: string, change: 1 | -1): Promise<number> {
    const key = this.#key(name, 'tries', chunk);
    return aboutJob(
      name,
      this.#insistence.write(() => this.#redis.hincrby(key, field, String(change))),
    );
  }

  /** It was worked on, and nobody died of it. */
  async putDown(name: string, chunk: number, image: number): Promise<void> {
    await this.#redis.hdel(this.#key(name, 'tries', chunk), String(image));
  }

  /** Removes all that is kept of a job, but for a note that it was done. The job goes last: who is killed before can do it again. */
  async remove(name: string, chunks: number): Promise<void> {
    for (let chunk = 0; chunk < chunks; chunk += 1000) {
      const keys = Array.from({ length: Math.min(1000, chunks - chunk) }, (_, i) => [
        this.#key(name, 'rows', chunk + i),
        this.#key(name, 'tries', chunk + i),
      ]).flat();
      await this.#redis.unlink(...keys);
    }
    const keys = [this.#key(name), this.#key(name, 'done'), this.#key(name, 'finished'), this.#jobs];
    await this.#eval(name, removeScript, keys, [name, JSON.stringify({ at: Date.now() }), tombstoneSeconds]);
  }

  /** When a job of that name was collected, in milliseconds since 1970; undefined where none was lately. */
  async finished(name: string): Promise<number | undefined> {
    const text = await aboutJob(name, this.#redis.get(this.#key(name, 'finished')));
    if (text === null) {
      return undefined;
    }
    const note = parsed(text);
    if (!isPlainObject(note) || !isCount(note.at) || note.at > latestTime) {
      throw new DamagedRecordError(name);
    }
    return note.at;
  }

  /** Redis' clock, in milliseconds since 1970: those of the machines need not agree. */
  async #now(): Promise<number> {
    return Number((await this.#redis.time())[0]) * 1000;
  }

  async reportWorker(id: string, report: WorkerReport): Promise<void> {
    await this.#redis
      .multi()
      .zadd(`${this.#prefix}:workers`, String(await this.#now()), id)
      .hset(`${this.#prefix}:worker-reports`, id, JSON.stringify(report))
      .exec();
  }

  async removeWorker(id: string): Promise<void> {
    await this.#redis.multi().zrem(`${this.#prefix}:workers`, id).hdel(`${this.#prefix}:worker-reports`, id).exec();
  }

  /** Workers that have been heard of lately; what is known of the others is dropped. */
  async workers(): Promise<WorkerReport[]> {
    const key = `${this.#prefix}:workers`;
    const silent = await this.#redis.zrangebyscore(key, '0', String((await this.#now()) - workerSilence));
    await Promise.all(silent.map((id) => this.removeWorker(id)));
    const ids = await this.#redis.zrange(key, '0', '-1');
    const reports = ids.length > 0 ? await this.#redis.hmget(`${this.#prefix}:worker-reports`, ...ids) : [];
    return reports.map(parsed).filter(isReport);
  }
}

/** A chunk's name in BullMQ, which takes no second one of the same. */
export const chunkId = (name: string, chunk: number) => `${name}-${chunk}`;
