import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { JobStatus, QueueStatus } from '../../jobs/queue/status';
import type { Context } from '../context';
import { columns, fileSize, grouped, percent } from '../format';
import { perSecond, span } from './progress-line';
import { addQueueFlags, type QueueFlags, withQueue } from './queue-flags';

interface StatusFlags extends QueueFlags {
  job?: string;
  json?: boolean;
  watch?: boolean;
}

/** Milliseconds between two looks. */
const watchInterval = 2000;

export function addStatusCommand(program: Command, context: Context): void {
  const command = program.command('status').description('Tell how far the jobs in a queue are');
  addQueueFlags(command)
    .option('-j, --job <name>', 'only of this job')
    .option('--json', 'print one JSON object on a line')
    .option('--watch', 'go on telling until Ctrl-C')
    .addHelpText('after', '\nExit status: 0, or 1 where the record of a job is damaged, of which nothing more can be told then.')
    .action((flags: StatusFlags) => status(flags, context));
}

async function status(flags: StatusFlags, { output, signal, fail }: Context): Promise<void> {
  const { queueStatus } = require('../../jobs/queue/status') as typeof import('../../jobs/queue/status');
  await withQueue(flags, async (open, address) => {
    const redis = open();
    let now: QueueStatus;
    do {
      now = await queueStatus(redis, address, flags.job);
      await (flags.json ? output.json(now) : output.lines(describe(now)));
      if (flags.watch) {
        await sleep(watchInterval, undefined, { signal }).catch(() => {});
      }
    } while (flags.watch && !signal.aborted);
    if (now.damaged.length > 0) {
      fail();
    }
  });
}

function describe({ jobs, damaged, workers, memoryBytes }: QueueStatus): string[] {
  const rate = workers.reduce((sum, worker) => sum + worker.rate, 0);
  const left = jobs.reduce((sum, { images, doneImages }) => sum + images - doneImages, 0);
  const head = ['job', 'task', 'images', 'done', '', 'failed', 'collected', 'rows waiting'];
  const table = jobs.length > 0 ? columns([head, ...jobs.map(cells)], [2, 3, 4, 5, 6, 7]) : [];
  const lines = [...table, ...damaged.map(({ error }) => error.message)];
  const machines = workers.map(({ host, pid, images, rate: own }) => [
    `  ${host}`,
    `process ${pid}`,
    `${grouped(images)} images`,
    perSecond(own),
  ]);
  return [
    ...(lines.length > 0 ? lines : ['no jobs']),
    '',
    `${workers.length} ${workers.length === 1 ? 'worker' : 'workers'}, ${perSecond(rate)}${rate > 0 && left > 0 ? `, ${span(left / rate)} left` : ''}; Redis uses ${fileSize(memoryBytes)}`,
    ...columns(machines, [2, 3]),
  ];
}

function cells({ name, spec, images, doneImages, failedImages, collected, chunkSize, waitingBytes }: JobStatus): string[] {
  return [
    name,
    spec.task,
    grouped(images),
    grouped(doneImages),
    images > 0 ? percent(doneImages / images) : '',
    grouped(failedImages),
    grouped(Math.min(images, collected * chunkSize)),
    fileSize(waitingBytes),
  ];
}
