import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { MobileNetError } from '../../errors';
import { looksLikePath } from '../../models/registry';
import { version } from '../../version';
import { type ListInputsOptions, listInputs } from '../inputs/list-inputs';
import type { ListedInput } from '../inputs/listed-input';
import { writeManifest } from '../inputs/manifest';
import { manifestInputs, requireManifest } from '../inputs/manifest-file';
import { specDifferences } from '../journal/description';
import type { JobSpec } from '../spec';
import { withoutSpeed } from '../spec';
import type { QueueAddress } from './address';
import { Insistence, refusalText } from './insist';
import type { StoredJob } from './job-record';
import { type Chunk, checkJobName, defaultChunkSizes, type QueueJob } from './queue-job';
import { chunkId, chunkQueue, QueueStore } from './queue-store';

export interface SubmitOptions extends Pick<ListInputsOptions, 'list' | 'nullSeparated' | 'signal'> {
  inputs: readonly string[];
  /** The job's name. */
  job: string;
  spec: JobSpec;
  /** Hexadecimal SHA-256 of the model file. */
  model: string;
  /** Images of a chunk, 1 to 10,000. Default: by the task. */
  chunkSize?: number;
  /** Chunks in the queue that are not done, at most. */
  maxPending: number;
  /** Bytes of rows that are not collected, at most. */
  maxWaitingBytes: number;
  /** Milliseconds for which it is watched in the end whether Redis keeps what it was told. Default 2000. */
  settle?: number;
  /** Told how far it is, and why it waits, if it does. */
  onProgress?: (submitted: number, chunks: number, waiting: string | undefined) => void;
}

/** Chunks added at a time. */
const chunksAtOnce = 50;
const pollMilliseconds = 250;
/** How long an append-only file that is written every second, Redis' usual setting, may take until it is sure. */
const defaultSettle = 2000;
/** Chunks looked after at a time in the end. */
const verifiedAtOnce = 1000;

/** Workers put chunks back themselves; whatever else happens to one, it must never leave the queue undone. */
const entryOptions = {
  removeOnComplete: true,
  removeOnFail: true,
  attempts: Number.MAX_SAFE_INTEGER,
  backoff: { type: 'fixed', delay: 1000 },
  stackTraceLimit: 1,
} as const;

/**
 * Inputs as any worker can read them, wherever it was started: paths from the root. Throws ERR_INVALID_OPTION for what has no address that all
 * machines share.
 */
async function* sharable(listed: AsyncIterable<ListedInput>): AsyncGenerator<ListedInput, void, undefined> {
  for await (const input of listed) {
    if (input.kind === 'archive') {
      throw new MobileNetError(
        'ERR_INVALID_OPTION',
        `expected no archive but received '${input.path}': mobilenet batch reads archives`,
      );
    }
    const { name, root } = input;
    if (/^data:/i.test(name)) {
      throw new MobileNetError('ERR_INVALID_OPTION', 'expected no data: address: the queue holds addresses, not pictures');
    }
    if (/^https?:/i.test(name)) {
      checkAddress(name);
      yield input;
    } else if (/^file:/i.test(name)) {
      yield input;
    } else {
      yield { kind: 'image', name: resolve(name), ...(root === undefined ? {} : { root: resolve(root) }) };
    }
  }
}

/** Credentials would stand in Redis and in every row. */
function checkAddress(name: string): void {
  const { username, password } = URL.canParse(name) ? new URL(name) : { username: '', password: '' };
  if (username !== '' || password !== '') {
    throw new MobileNetError(
      'ERR_INVALID_OPTION',
      'expected addresses without user name and password: they would be in every row',
    );
  }
}

/** The same for the files of a job: where a model file lies, and where masks and drawings go. */
function sharableSpec(spec: JobSpec): JobSpec {
  const { model, files } = spec;
  const absolute = (path: string | undefined) => path && resolve(path);
  return {
    ...spec,
    model: looksLikePath(model) ? resolve(model) : model,
    ...(files ? { files: given({ ...files, mask: absolute(files.mask), draw: absolute(files.draw) }) } : {}),
  };
}

/** Without the fields that were not given, which JSON would not keep either. */
function given<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

/** The chunks of a saved list from one on. */
async function* chunksOf(path: string, job: string, size: number, from: number): AsyncGenerator<Chunk, void, undefined> {
  let place = 0;
  let images: Chunk['images'] = [];
  const chunkAt = (next: number): Chunk => ({ job, chunk: Math.floor((next - 1) / size), first: next - images.length, images });
  const manifest = await requireManifest(path);
  try {
    for await (const input of manifestInputs(manifest)) {
      if (input.kind === 'image' && place++ >= from * size) {
        images.push({ name: input.name, ...(input.root === undefined ? {} : { root: input.root }) });
        if (images.length === size) {
          yield chunkAt(place);
          images = [];
        }
      }
    }
  } finally {
    await manifest.file.close();
  }
  if (images.length > 0) {
    yield chunkAt(place);
  }
}

/** Puts one job into the queue. */
class Submission {
  readonly #options: SubmitOptions;
  readonly #store: QueueStore;
  readonly #queue: Queue;
  readonly #manifest: string;
  readonly #description: QueueJob;

  constructor(options: SubmitOptions, store: QueueStore, queue: Queue, manifest: string, description: QueueJob) {
    this.#options = options;
    this.#store = store;
    this.#queue = queue;
    this.#manifest = manifest;
    this.#description = description;
  }

  /** Redis says what is next: whoever submits the same job at the same time, or has done so before, works on the same list. */
  async run(): Promise<StoredJob> {
    const { chunks } = this.#description;
    const { settle = defaultSettle, signal } = this.#options;
    let stored = await this.#begin();
    let from = stored.submitted;
    do {
      await this.#addFrom(from);
      await sleep(settle, undefined, { signal }).catch(() => this.#throwIfStopped());
      stored = await this.#state();
      from = stored.submitted < chunks ? stored.submitted : await this.#firstMissing(stored);
    } while (from < chunks);
    return stored;
  }

  #throwIfStopped(): void {
    this.#options.signal?.throwIfAborted();
  }

  async #begin(): Promise<StoredJob> {
    const { job } = this.#options;
    await this.#store.create(job, this.#description);
    const stored = await this.#store.job(job);
    if (!stored) {
      throw await alreadyCollected(this.#store, job);
    }
    const differences = queueDifferences(stored, this.#description);
    if (differences.length > 0) {
      const message = `the queue has another job '${job}':\n  ${differences.join('\n  ')}`;
      throw new MobileNetError('ERR_JOB_CHANGED', message);
    }
    return stored;
  }

  /** The job as it stands. One that is gone because it was collected meanwhile, perhaps while it settled, is done. */
  async #state(): Promise<StoredJob> {
    const { job } = this.#options;
    const stored = await this.#store.job(job);
    if (stored) {
      return stored;
    }
    const finished = await this.#store.finished(job);
    if (finished === undefined) {
      throw new MobileNetError('ERR_QUEUE', `the job '${job}' is no longer in the queue: Redis has lost it`);
    }
    const { chunks, images } = this.#description;
    const counts = { submitted: chunks, done: chunks, doneImages: images, failedImages: 0, collected: chunks, waitingBytes: 0 };
    return { ...this.#description, ...counts, created: finished };
  }

  /** Adds chunks until all are in the queue, as fast as they are worked on and collected. */
  async #addFrom(first: number): Promise<void> {
    const { job, onProgress } = this.#options;
    const { chunks, chunkSize } = this.#description;
    let batch: Chunk[] = [];
    /** Whether there is more to send. */
    const send = async (): Promise<boolean> => {
      if (!(await this.#waitForRoom())) {
        return false;
      }
      const entries = batch.map((chunk) => ({
        name: 'chunk',
        data: chunk,
        opts: { ...entryOptions, jobId: chunkId(job, chunk.chunk) },
      }));
      const onRefusal = (reason: string) =>
        onProgress?.(batch[0]?.chunk ?? first, chunks, `Redis takes nothing for now: ${reason}`);
      await new Insistence({ signal: this.#options.signal, onRefusal }).write(() => this.#queue.addBulk(entries));
      const next = (batch.at(-1)?.chunk ?? first) + 1;
      await this.#store.raiseSubmitted(job, next);
      onProgress?.(next, chunks, undefined);
      batch = [];
      return true;
    };
    for await (const chunk of chunksOf(this.#manifest, job, chunkSize, first)) {
      this.#throwIfStopped();
      batch.push(chunk);
      if (batch.length === chunksAtOnce && !(await send())) {
        return;
      }
    }
    if (batch.length > 0) {
      await send();
    }
  }

  /** Whether there is any use in more chunks: not where all have been collected, put there by another process. */
  async #waitForRoom(): Promise<boolean> {
    const { maxPending, maxWaitingBytes, onProgress } = this.#options;
    for (;;) {
      const { submitted, done, collected, waitingBytes, chunks } = await this.#state();
      if (collected >= chunks) {
        return false;
      }
      let waiting: string | undefined;
      if (waitingBytes >= maxWaitingBytes) {
        waiting = `${Math.ceil(waitingBytes / 2 ** 20)} MiB of rows are not collected yet: run mobilenet collect`;
      } else if (submitted - done >= maxPending) {
        waiting = `${submitted - done} chunks wait for workers`;
      }
      if (waiting === undefined) {
        return true;
      }
      onProgress?.(submitted, chunks, waiting);
      await sleep(pollMilliseconds, undefined, { signal: this.#options.signal }).catch(() => this.#throwIfStopped());
    }
  }

  /** The first chunk that Redis has lost after all; the number of chunks where none is. */
  async #firstMissing({ collected, chunks }: StoredJob): Promise<number> {
    for (let from = collected; from < chunks; from += verifiedAtOnce) {
      this.#throwIfStopped();
      const [missing] = await this.#store.missing(this.#options.job, from, Math.min(chunks, from + verifiedAtOnce));
      if (missing !== undefined) {
        return missing;
      }
    }
    return chunks;
  }
}

function queueDifferences(stored: QueueJob, current: QueueJob): string[] {
  const differences = specDifferences(stored, current);
  if (stored.chunkSize !== current.chunkSize) {
    differences.push(`chunks had ${stored.chunkSize} images and have ${current.chunkSize} now`);
  }
  if (stored.images !== current.images) {
    differences.push(`the list of inputs had ${stored.images} images and has ${current.images} now`);
  } else if (stored.inputs !== current.inputs) {
    differences.push('the list of inputs is another one');
  }
  return differences;
}

async function alreadyCollected(store: QueueStore, job: string): Promise<MobileNetError> {
  const when = new Date((await store.finished(job)) ?? 0).toISOString();
  return new MobileNetError('ERR_JOB_EXISTS', `a job '${job}' was collected at ${when}: choose another name`);
}

/**
 * Puts a job into the queue, as fast as workers and collector make room for it. A job that is there already is gone on with.
 *
 * Throws ERR_JOB_CHANGED where one of that name is there that differs, ERR_JOB_EXISTS where one was collected lately, ERR_INPUT_NOT_FOUND,
 * ERR_INVALID_OPTION, ERR_QUEUE, ERR_WRITE (no room for the list in the temporary folder); on abort, the signal's reason.
 */
export async function submitJob(redis: Redis, address: QueueAddress, options: SubmitOptions): Promise<StoredJob> {
  const { inputs, model, list, nullSeparated, signal } = options;
  const spec = sharableSpec(options.spec);
  const chunkSize = options.chunkSize ?? defaultChunkSizes[spec.task];
  const job = checkJobName(options.job);
  let chunks = 0;
  const onRefusal = (reason: string) => options.onProgress?.(0, chunks, refusalText(reason));
  const store = new QueueStore(redis, address.prefix, { signal, onRefusal });
  if ((await store.finished(job)) !== undefined && !(await store.job(job))) {
    throw await alreadyCollected(store, job);
  }
  const folder = await mkdtemp(join(tmpdir(), 'mobilenet-submit-'));
  const { Queue: ChunkQueue } = require('bullmq') as typeof import('bullmq');
  const queue = new ChunkQueue(chunkQueue, { connection: redis, prefix: address.prefix });
  queue.on('error', () => {}); // the connection tells of it
  try {
    const manifest = join(folder, 'inputs.jsonl');
    const summary = await writeManifest(manifest, sharable(listInputs(inputs, { list, nullSeparated, signal })));
    const images = summary.inputs;
    chunks = Math.ceil(images / chunkSize);
    const description = { version, spec: withoutSpeed(spec), model, images, chunks, chunkSize, inputs: summary.sha256 };
    return await new Submission(options, store, queue, manifest, description).run();
  } finally {
    await queue.close().catch(() => {});
    await rm(folder, { recursive: true, force: true }).catch(() => {});
  }
}
