import type { Redis } from 'ioredis';
import type { QueueAddress } from './address';
import { QueueStore, type StoredJob, type WorkerReport } from './queue-store';

/** One job, as it stands. */
export interface JobStatus extends StoredJob {
  name: string;
}

/** What a queue holds. */
export interface QueueStatus {
  jobs: JobStatus[];
  workers: WorkerReport[];
  /** Bytes of memory Redis uses, for all it holds. */
  memoryBytes: number;
}

/** @param only the job to tell of. Default: all */
export async function queueStatus(redis: Redis, address: QueueAddress, only?: string): Promise<QueueStatus> {
  const store = new QueueStore(redis, address.prefix);
  const names = only === undefined ? await store.names() : [only];
  const jobs = await Promise.all(names.map(async (name) => ({ name, job: await store.job(name) })));
  const memory = /used_memory:(\d+)/.exec(await redis.info('memory'))?.[1];
  return {
    jobs: jobs.flatMap(({ name, job }) => (job ? [{ ...job, name }] : [])),
    workers: await store.workers(),
    memoryBytes: Number(memory ?? 0),
  };
}
