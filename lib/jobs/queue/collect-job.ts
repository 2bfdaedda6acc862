import type { Redis } from 'ioredis';
import { MobileNetError } from '../../errors';
import { exportWith } from '../export/export-rows';
import { formatOf } from '../export/format';
import { JobFolder } from '../journal/job-folder';
import type { QueueAddress } from './address';
import { collectRows } from './collect';
import type { StoredJob } from './job-record';
import { checkJobName } from './queue-job';
import { QueueStore } from './queue-store';

export interface CollectJobOptions {
  job: string;
  out: string;
  format?: string;
  overwrite: boolean;
  /** Leave the job's record in the queue when all is collected. */
  keep: boolean;
  signal: AbortSignal;
  onProgress?: (job: StoredJob) => void;
  /** Told once when Redis begins to refuse to write, in its own words. */
  onRefusal?: (reason: string) => void;
}

export interface CollectedJob {
  rows: number;
  failed: number;
  /** Whether the output is in its place. */
  complete: boolean;
}

/**
 * Collects a job into a file, which appears when all rows are there, and removes it from the queue. Stopped or killed, it goes on where it was.
 *
 * Throws as `collectRows` does, and ERR_JOB_BUSY, ERR_JOB_CHANGED (the output was begun with another job), ERR_WRITE, ERR_INVALID_OPTION.
 */
export async function collectJob(redis: Redis, address: QueueAddress, options: CollectJobOptions): Promise<CollectedJob> {
  const { out, overwrite, keep, signal, onProgress, onRefusal } = options;
  const name = checkJobName(options.job);
  const format = formatOf(out, options.format);
  const store = new QueueStore(redis, address.prefix, { onRefusal });
  const job = await store.job(name);
  const folder = await JobFolder.open(out, { resume: !overwrite, overwrite });
  if (!folder) {
    return finished(store, name, job, keep);
  }
  try {
    if (!job) {
      throw new MobileNetError('ERR_QUEUE', `there is no job '${name}' in the queue`);
    }
    await enter(folder, job, format);
    const sink = {
      get rows() {
        return folder.log.rows;
      },
      append: (line: string, appended?: { errorCode?: string }) => folder.log.append(line, appended),
      checkpoint: () => folder.checkpoint(),
    };
    const complete = await collectRows(redis, address, { job: name, sink, signal, onProgress, onRefusal });
    const { rows } = folder.log;
    const failed = Object.values(folder.log.failures).reduce((sum, count) => sum + count, 0);
    if (complete) {
      await folder.finish(exportWith(format, job.spec.task));
      if (!keep) {
        await store.remove(name, job.chunks);
      }
    }
    return { rows, failed, complete };
  } finally {
    await folder.close();
  }
}

/** The output is there: what is left is to remove the job, whose collector was killed before it could. */
async function finished(store: QueueStore, name: string, job: StoredJob | undefined, keep: boolean): Promise<CollectedJob> {
  if (job && job.collected < job.chunks) {
    throw new MobileNetError(
      'ERR_JOB_EXISTS',
      `the output is there already, and is not of '${name}': overwrite it, or choose another name`,
    );
  }
  if (job && !keep) {
    await store.remove(name, job.chunks);
  }
  return { rows: job?.images ?? 0, failed: job?.failedImages ?? 0, complete: true };
}

async function enter(folder: JobFolder, job: StoredJob, format: ReturnType<typeof formatOf>): Promise<void> {
  const { version, spec, model, images, inputs, created } = job;
  const description = {
    ...{ version, spec, model, format },
    device: `queue, job of ${new Date(created).toISOString()}`,
    inputs: { inputs: images, archives: 0, sha256: inputs },
    shard: null,
  };
  if (folder.saved) {
    await folder.resume(description);
  } else {
    await folder.begin(description);
  }
}
