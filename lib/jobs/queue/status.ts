import type { Redis } from 'ioredis';
import type { ErrorCode } from '../../errors';
import type { QueueAddress } from './address';
import type { StoredJob } from './job-record';
import { QueueStore, type WorkerReport } from './queue-store';

/** One job, as it stands. */
export interface JobStatus extends StoredJob {
  name: string;
}

/** A job of which nothing is known but its name. */
export interface DamagedJob {
  name: string;
  error: { code: ErrorCode; message: string };
}

/** What a queue holds. */
export interface QueueStatus {
  jobs: JobStatus[];
  /** Those whose record is damaged; they are not among `jobs`. */
  damaged: DamagedJob[];
  workers: WorkerReport[];
  /** Bytes of memory Redis uses, for all it holds. */
  memoryBytes: number;
}

/** @param only the job to tell of. Default: all */
export async function queueStatus(redis: Redis, address: QueueAddress, only?: string): Promise<QueueStatus> {
  const store = new QueueStore(redis, address.prefix);
  const { jobs, damaged } = await store.jobs(only === undefined ? await store.names() : [only]);
  const memory = /used_memory:(\d+)/.exec(await redis.info('memory'))?.[1];
  return {
    jobs,
    damaged: damaged.map(({ job, code, message }) => ({ name: job, error: { code, message } })),
    workers: await store.workers(),
    memoryBytes: Number(memory ?? 0),
  };
}
