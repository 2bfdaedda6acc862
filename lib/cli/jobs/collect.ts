import type { Command } from 'commander';
import type { OutputFormat } from '../../jobs/export/format';
import type { Context } from '../context';
import { grouped } from '../format';
import { say } from '../output';
import { addQueueFlags, type QueueFlags, withQueue } from './queue-flags';

interface CollectFlags extends QueueFlags {
  job: string;
  out: string;
  format?: OutputFormat;
  overwrite?: boolean;
  keep?: boolean;
}

/** Milliseconds between two lines of progress. */
const lineInterval = 5000;

export function addCollectCommand(program: Command, context: Context): void {
  const command = program
    .command('collect')
    .description('Write the rows of a job in a queue into a file, in the order of its images, while it is worked on or after')
    .requiredOption('-j, --job <name>', 'the job')
    .requiredOption('-o, --out <file>', 'where the rows go: .jsonl, .csv or .parquet; it appears when all are there');
  addQueueFlags(command)
    .option('--format <format>', 'jsonl, csv or parquet (default: what the name says)')
    .option('--overwrite', 'begin anew, whatever there is')
    .option('--keep', 'leave the record of the job in the queue when all is collected')
    .addHelpText('after', '\nStopped or killed, it goes on where it was when it is started again.')
    .action((flags: CollectFlags) => collect(flags, context));
}

async function collect(flags: CollectFlags, context: Context): Promise<void> {
  const { collectJob } = require('../../jobs/queue/collect-job') as typeof import('../../jobs/queue/collect-job');
  const { refusalText } = require('../../jobs/queue/insist') as typeof import('../../jobs/queue/insist');
  const { job, out, format, overwrite = false, keep = false } = flags;
  let last = performance.now();
  const { rows, failed, complete } = await withQueue(flags, (open, address) =>
    collectJob(open(), address, {
      ...{ job, out, format, overwrite, keep },
      signal: context.signal,
      onRefusal: (reason) => say(`${refusalText(reason)}; trying again until it does`),
      onProgress: ({ images, doneImages, collected, chunkSize }) => {
        if (performance.now() - last >= lineInterval) {
          last = performance.now();
          const collectedImages = Math.min(images, collected * chunkSize);
          say(`${grouped(collectedImages)} of ${grouped(images)} images are collected, ${grouped(doneImages)} are done`);
        }
      },
    }),
  );
  if (failed > 0) {
    context.fail();
  }
  say(`${grouped(rows)} rows${failed > 0 ? `, ${grouped(failed)} of them of images that failed` : ''}`);
  say(complete ? `the rows are in ${out}` : 'not all are collected: give the same command again to go on');
  context.signal.throwIfAborted();
}
