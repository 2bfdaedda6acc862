import type { Command } from 'commander';
import { MobileNetError } from '../../errors';
import type { OutputFormat } from '../../jobs/export/format';
import { standardInput } from '../../jobs/inputs/list-inputs';
import type { Job } from '../../jobs/run-job';
import { parseNumber } from '../arguments';
import type { Context } from '../context';
import { say } from '../output';
import { addJobFlags, type JobFlags, toJobSpec } from './job-flags';
import { JobProgressLine } from './progress-line';
import { summaryLines } from './summary';
import { tuneSharpForThroughput } from './throughput';

interface BatchFlags extends JobFlags {
  out: string;
  format?: OutputFormat;
  resume?: boolean;
  overwrite?: boolean;
  shard?: string;
  maxErrors?: number;
  null?: boolean;
}

const help = `
Examples:
  mobilenet batch photos --out results.jsonl
  mobilenet batch 'photos/**/*.jpg' archive.tar --task detect --out boxes.parquet
  find /photos -name '*.jpg' -print0 | mobilenet batch - --null --task embed --out vectors.parquet
  mobilenet batch photos --task segment --mask masks --out classes.csv
  mobilenet batch photos --shard 3/16 --out results-03.jsonl
  mobilenet batch photos --out results.jsonl --resume

Exit status: 0 when all images are done, 1 when some failed or the job was stopped, 2 for wrong usage, 130 after Ctrl-C.`;

export function addBatchCommand(program: Command, context: Context): void {
  const command = program
    .command('batch')
    .description('Work on any number of pictures, in a job that goes on where it was after a crash')
    .argument('[input...]', 'pictures, folders, globs, .tar archives, addresses; - for a list on standard input')
    .requiredOption('-o, --out <file>', 'where the rows go: .jsonl, .csv or .parquet; it appears when all are there')
    .option('--format <format>', 'jsonl, csv or parquet (default: what the name says)')
    .option('--resume', 'go on with this job after a stop or a crash; without inputs, with those it was begun with')
    .option('--overwrite', 'begin anew, whatever there is')
    .option('--shard <i/n>', 'only the i-th of n parts of the pictures')
    .option('--max-errors <n>', 'stop when more images than this have failed (default: never)', parseNumber)
    .option('-0, --null', 'names of the list end with null bytes instead of line breaks');
  addJobFlags(command);
  command.addHelpText('after', help).action((inputs: string[], flags: BatchFlags) => batch(inputs, flags, context));
}

function createJob(inputs: string[], flags: BatchFlags, onProgress: JobProgressLine): Job {
  const { runJob } = require('../../jobs/run-job') as typeof import('../../jobs/run-job');
  const { out, format, resume, overwrite, shard, maxErrors } = flags;
  if (inputs.length === 0 && !resume) {
    throw new MobileNetError(
      'ERR_INVALID_OPTION',
      'expected pictures, folders, globs, archives or addresses: there is nothing to do',
    );
  }
  return runJob(inputs, {
    ...toJobSpec(flags),
    ...{ out, format, resume, overwrite, shard, maxErrors },
    list: inputs.includes(standardInput) ? process.stdin : undefined,
    nullSeparated: flags.null,
    onProgress: (progress) => onProgress.show(progress),
  });
}

async function batch(inputs: string[], flags: BatchFlags, context: Context): Promise<void> {
  const line = new JobProgressLine();
  const job = createJob(inputs, flags, line);
  tuneSharpForThroughput();
  const processor = process.cpuUsage();
  const stop = () => job.stop();
  context.signal.addEventListener('abort', stop, { once: true });
  try {
    if (context.signal.aborted) {
      stop();
    }
    for await (const _ of job) {
      // Its row is written; the progress has been told.
    }
    if (job.progress.failed > 0) {
      context.fail(); // in an earlier run, it may be
    }
  } finally {
    context.signal.removeEventListener('abort', stop);
    line.stop();
    const { user, system } = process.cpuUsage(processor);
    report(job, flags, (user + system) / 1000);
  }
  context.signal.throwIfAborted();
}

/** Tells how it ended, and how to go on. */
function report(job: Job, { out }: BatchFlags, processorMilliseconds: number): void {
  const { progress } = job;
  if (progress.rows === 0 && !progress.complete) {
    return; // it never began: the error says why
  }
  if (progress.complete && progress.rows === 0 && progress.seconds === 0) {
    say(`${out} is complete already: there is nothing to do`);
    return;
  }
  for (const text of summaryLines(progress, processorMilliseconds)) {
    say(text);
  }
  if (progress.complete) {
    say(`the rows are in ${out}`);
  } else {
    say(`the job is not done: give the same command again with --resume to go on`);
  }
}
