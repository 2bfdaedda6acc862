import type { Redis } from 'ioredis';
import { MobileNetError } from '../../errors';
import { isPlainObject } from '../plain-object';
import { Insistence, type InsistOptions } from './insist';
import type { QueueJob, QueueProgress } from './queue-job';

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

/** A job with how far it is. */
export type StoredJob = QueueJob & QueueProgress;

/**
 * Makes a job unless there is one, or was one lately: fields come in pairs. Answers with 1, or 0 where there is or was.
 * KEYS: the job, all jobs, the note that it was collected. ARGV: its name, then fields and values.
 */
const createScript = `
if redis.call('EXISTS', KEYS[1], KEYS[3]) > 0 then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
redis.call('SADD', KEYS[2], ARGV[1])
return 1`;

/** Raises a field, never lowers it: two who submit the same job may be at different places. KEYS: the job. ARGV: field, value. */
const raiseScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if tonumber(redis.call('HGET', KEYS[1], ARGV[1])) < tonumber(ARGV[2]) then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
return 1`;

/**
 * Keeps the rows of a chunk the first time they come, and counts them. Rows that are in the output already, which a Redis that was restarted may
 * have forgotten, are only counted. Answers with 1, or 0 where they were there or the job is gone.
 * KEYS: the job, chunks that are done (bits), the rows, the chunk's tries. ARGV: chunk, rows, images, failed images.
 */
const keepScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if redis.call('SETBIT', KEYS[2], ARGV[1], 1) == 1 then return 0 end
redis.call('DEL', KEYS[4])
redis.call('HINCRBY', KEYS[1], 'done', 1)
redis.call('HINCRBY', KEYS[1], 'doneImages', ARGV[3])
redis.call('HINCRBY', KEYS[1], 'failedImages', ARGV[4])
if tonumber(ARGV[1]) >= tonumber(redis.call('HGET', KEYS[1], 'collected')) then
  redis.call('SET', KEYS[3], ARGV[2])
  redis.call('HINCRBY', KEYS[1], 'waitingBytes', #ARGV[2])
end
return 1`;

/**
 * Drops the rows of chunks that are in the output, and takes note of it. Answers with 0 where others have been dropped meanwhile, and does nothing.
 * KEYS: the job, then the rows of each chunk. ARGV: the chunk before which all are dropped already, the same afterwards.
 */
const dropScript = `
if redis.call('HGET', KEYS[1], 'collected') ~= ARGV[1] then return 0 end
for i = 2, #KEYS do
  local bytes = redis.call('STRLEN', KEYS[i])
  if bytes > 0 then
    redis.call('DEL', KEYS[i])
    redis.call('HINCRBY', KEYS[1], 'waitingBytes', -bytes)
  end
end
redis.call('HSET', KEYS[1], 'collected', ARGV[2])
return 1`;

/**
 * Takes note that a chunk is not done after all: its rows were to be kept and are gone. KEYS: the job, chunks that are done (bits), the rows.
 * ARGV: the chunk, its images.
 */
const forgetScript = `
if redis.call('EXISTS', KEYS[3]) == 1 or tonumber(ARGV[1]) < tonumber(redis.call('HGET', KEYS[1], 'collected')) then return 0 end
if redis.call('SETBIT', KEYS[2], ARGV[1], 0) == 0 then return 0 end
redis.call('HINCRBY', KEYS[1], 'done', -1)
redis.call('HINCRBY', KEYS[1], 'doneImages', -ARGV[2])
return 1`;

/**
 * Removes a job and leaves a note. What frees memory comes first: after it, a Redis that is full takes the rest.
 * KEYS: the job, chunks that are done, the note, all jobs. ARGV: its name, the note, seconds for which it is kept.
 */
const removeScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('SREM', KEYS[4], ARGV[1])
redis.call('SET', KEYS[3], ARGV[2], 'EX', ARGV[3])
return 1`;

const progressFields = [
  ...['created', 'submitted', 'done', 'doneImages'],
  ...['failedImages', 'collected', 'waitingBytes'],
] as (keyof QueueProgress)[];

function damaged(name: string): MobileNetError {
  return new MobileNetError('ERR_QUEUE', `the queue's record of the job '${name}' is damaged`);
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** Only what the commands reckon with is looked at: the options of a job are checked where its model is loaded. */
function isJob(value: unknown): value is QueueJob {
  if (!isPlainObject(value) || !isPlainObject(value.spec)) {
    return false;
  }
  const { version, model, inputs, images, chunks, chunkSize, spec } = value;
  const isText = [version, model, inputs, spec.task, spec.model].every((text) => typeof text === 'string');
  return isText && isCount(images) && isCount(chunkSize) && chunkSize > 0 && chunks === Math.ceil(images / chunkSize);
}

function toStoredJob(name: string, fields: Record<string, string>): StoredJob {
  const job = parsed(fields.job);
  const progress = Object.fromEntries(progressFields.map((field) => [field, Number(fields[field])])) as unknown as QueueProgress;
  if (!isJob(job) || !Object.values(progress).every(Number.isSafeInteger)) {
    throw damaged(name);
  }
  return { ...job, ...progress };
}

/** Undefined for what is no JSON. */
function parsed(text: string | null | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
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

  #eval(script: string, keys: readonly string[], args: readonly (string | number | Buffer)[]): Promise<unknown> {
    return this.#insistence.write(() => this.#redis.eval(script, keys.length, ...keys, ...args));
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
    const fields = await this.#redis.hgetall(this.#key(name));
    return Object.keys(fields).length === 0 ? undefined : toStoredJob(name, fields);
  }

  /** Whether it was made: false where there is one of that name, or one was collected lately. */
  async create(name: string, job: QueueJob): Promise<boolean> {
    const fields = { job: JSON.stringify(job), created: Date.now() };
    const counts = Object.fromEntries(progressFields.slice(1).map((field) => [field, 0]));
    const pairs = Object.entries({ ...counts, ...fields }).flat();
    const keys = [this.#key(name), this.#jobs, this.#key(name, 'finished')];
    return (await this.#eval(createScript, keys, [name, ...pairs])) === 1;
  }

  /** Takes note that all chunks before this one are in the queue. */
  async raiseSubmitted(name: string, chunk: number): Promise<void> {
    await this.#eval(raiseScript, [this.#key(name)], ['submitted', chunk]);
  }

  async isDone(name: string, chunk: number): Promise<boolean> {
    return (await this.#redis.getbit(this.#key(name, 'done'), chunk)) === 1;
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
    return (await this.#eval(keepScript, keys, [chunk, rows, images, failed])) === 1;
  }

  /** The rows of a chunk, compressed; undefined where there are none yet, or none any more. */
  async rows(name: string, chunk: number): Promise<Buffer | undefined> {
    return (await this.#redis.getBuffer(this.#key(name, 'rows', chunk))) ?? undefined;
  }

  /**
   * Drops rows that are in the output, those of all chunks before this one. Where it begins Redis says: one that was restarted has rows again that
   * had been dropped.
   */
  async dropCollected(name: string, to: number): Promise<void> {
    for (;;) {
      const from = Number((await this.#redis.hget(this.#key(name), 'collected')) ?? to);
      if (from >= to) {
        return;
      }
      const next = Math.min(to, from + droppedAtOnce);
      const keys = Array.from({ length: next - from }, (_, i) => this.#key(name, 'rows', from + i));
      await this.#eval(dropScript, [this.#key(name), ...keys], [from, next]);
    }
  }

  /** Whether a chunk counted as done whose rows are gone; it does not any more. */
  async forgetLost(name: string, chunk: number, images: number): Promise<boolean> {
    const keys = [this.#key(name), this.#key(name, 'done'), this.#key(name, 'rows', chunk)];
    return (await this.#eval(forgetScript, keys, [chunk, images])) === 1;
  }

  async tries(name: string, chunk: number): Promise<ChunkTries> {
    const [begun, failed] = await this.#redis.hmget(this.#key(name, 'tries', chunk), 'begun', 'failed');
    return { begun: Number(begun ?? 0), failed: Number(failed ?? 0) };
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
    return this.#insistence.write(() => this.#redis.hincrby(this.#key(name, 'tries', chunk), field, String(change)));
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
    await this.#eval(removeScript, keys, [name, JSON.stringify({ at: Date.now() }), tombstoneSeconds]);
  }

  /** When a job of that name was collected, in milliseconds since 1970; undefined where none was lately. */
  async finished(name: string): Promise<number | undefined> {
    const text = await this.#redis.get(this.#key(name, 'finished'));
    if (text === null) {
      return undefined;
    }
    const note = parsed(text);
    if (!isPlainObject(note) || !isCount(note.at) || note.at > latestTime) {
      throw damaged(name);
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
