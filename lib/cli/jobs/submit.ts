import type { Command } from 'commander';
import { standardInput } from '../../jobs/inputs/list-inputs';
import { checkInteger } from '../../options';
import { parseNumber } from '../arguments';
import type { Context } from '../context';
import { grouped } from '../format';
import { say } from '../output';
import { addJobFlags, type JobFlags, toJobSpec } from './job-flags';
import { addQueueFlags, type QueueFlags, withQueue } from './queue-flags';

interface SubmitFlags extends JobFlags, QueueFlags {
  job: string;
  chunk?: number;
  maxPending: number;
  maxResults: number;
  null?: boolean;
}

const mostChunkImages = 10_000;

/** Milliseconds between two lines about the same thing. */
const lineInterval = 5000;

export function addSubmitCommand(program: Command, context: Context): void {
  const command = program
    .command('submit')
    .description('Put a job into a queue, for any number of machines to work on')
    .argument('<input...>', 'pictures, folders and globs on a share, http(s) addresses; - for a list on standard input')
    .requiredOption('-j, --job <name>', 'what the job is called');
  addQueueFlags(command)
    .option('--chunk <n>', 'images of an entry in the queue (default: 256; detect: 128, segment: 32)', parseNumber)
    .option('--max-pending <n>', 'entries not worked on yet; when there are as many, submit waits', parseNumber, 1000)
    .option('--max-results <MiB>', 'rows not collected yet; when there are as many, submit waits', parseNumber, 256)
    .option('-0, --null', 'names of the list end with null bytes instead of line breaks');
  addJobFlags(command);
  command
    .addHelpText(
      'after',
      '\nExamples:\n  mobilenet submit /share/photos --queue redis://queue.local --job holidays\n\nTo submit a job again goes on with it, and puts back what Redis may have lost.',
    )
    .action((inputs: string[], flags: SubmitFlags) => submit(inputs, flags, context));
}

/** The hash of the model, and whether it does what is asked of it. */
async function modelHash(flags: JobFlags): Promise<{ spec: ReturnType<typeof toJobSpec>; model: string }> {
  const { openPictureRunner } = require('../../jobs/pictures/open-runner') as typeof import('../../jobs/pictures/open-runner');
  const spec = toJobSpec(flags);
  // Folders of masks and drawings are made where they are written to.
  const runner = await openPictureRunner({ ...spec, device: 'cpu', threads: 1, files: undefined });
  await runner.dispose();
  return { spec, model: runner.modelHash };
}

async function submit(inputs: string[], flags: SubmitFlags, { signal }: Context): Promise<void> {
  const { job, chunk, maxPending, maxResults } = flags;
  const chunkSize = chunk === undefined ? undefined : checkInteger('--chunk', chunk, 1, mostChunkImages);
  checkInteger('--max-pending', maxPending, 1, 1e9);
  checkInteger('--max-results', maxResults, 1, 1e9);
  const { spec, model } = await modelHash(flags);
  const { submitJob } = require('../../jobs/queue/submit') as typeof import('../../jobs/queue/submit');
  const onProgress = progressLines();
  const stored = await withQueue(flags, (open, address) =>
    submitJob(open(), address, {
      ...{ inputs, job, spec, model, chunkSize, maxPending, onProgress, signal },
      maxWaitingBytes: maxResults * 2 ** 20,
      list: inputs.includes(standardInput) ? process.stdin : undefined,
      nullSeparated: flags.null,
    }),
  );
  say(`${grouped(stored.images)} images of '${job}' are in the queue, in ${grouped(stored.chunks)} chunks`);
}

/** A line every few seconds, at once where it waits for something else than before. */
function progressLines(): (submitted: number, chunks: number, waiting: string | undefined) => void {
  let last = performance.now();
  let reason: string | undefined;
  return (submitted, chunks, waiting) => {
    const now = performance.now();
    const isNew = waiting !== undefined && reason === undefined;
    if (isNew || now - last >= lineInterval) {
      last = now;
      say(`${grouped(submitted)} of ${grouped(chunks)} chunks are in the queue${waiting ? `; ${waiting}` : ''}`);
    }
    reason = waiting;
  };
}
