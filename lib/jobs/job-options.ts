import { checkBoolean, checkFunction, checkInteger, checkOptionNames, checkSignal, invalidOption } from '../options';
import { checkJobSpec, specNames } from './check-spec';
import { formatOf, type OutputFormat } from './export/format';
import { checkShard, parseShard, type Shard } from './inputs/shard';
import type { JobProgress } from './job-progress';
import type { JobSpec, JobTask } from './spec';

/**
 * Options of {@link runJob}.
 *
 * @typeParam Task of the job
 */
export interface JobOptions<Task extends JobTask = JobTask> extends JobSpec<Task> {
  /**
   * The file for the rows, which appears when all are there. Until then they are kept in a folder beside it, `OUT.job`, so that the job can be
   * resumed whatever happens. Default: rows are handed out and not kept.
   */
  out?: string;
  /** Default: what the ending of `out` says, `.jsonl` or `.ndjson`, `.csv`, `.parquet`. */
  format?: OutputFormat;
  /** Go on with the job `out` is of, after a crash or a stop; begin it where there is none. Default false. */
  resume?: boolean;
  /** Begin anew where there is an output, or one in the making. Default false. */
  overwrite?: boolean;
  /** Only one part of the pictures, `{ index: 3, count: 16 }` or `'3/16'`, by a hash of their names: machines share a job without talking. */
  shard?: Shard | string;
  /** The job stops, to be resumed, when more pictures than this have failed. 0 or more; default: any number may. */
  maxErrors?: number;
  /** What the input `-` stands for: a list of images, one a line. */
  list?: AsyncIterable<Uint8Array | string>;
  /** The list's names end with null bytes rather than line breaks. Default false. */
  nullSeparated?: boolean;
  /** Told after each row, and when the job ends. */
  onProgress?: (progress: JobProgress) => void;
  /** Gives up what is in work; the job can be resumed. */
  signal?: AbortSignal;
}

const jobOptionNames = [
  ...specNames,
  'out',
  'format',
  'resume',
  'overwrite',
  'shard',
  'maxErrors',
  'list',
  'nullSeparated',
  'onProgress',
  'signal',
] as const satisfies (keyof JobOptions)[];

/** Options with their defaults filled in. */
export interface CheckedJobOptions {
  spec: JobSpec;
  out: string | undefined;
  format: OutputFormat;
  resume: boolean;
  overwrite: boolean;
  shard: Shard | undefined;
  maxErrors: number;
  list: JobOptions['list'];
  nullSeparated: boolean;
  onProgress: JobOptions['onProgress'];
  signal: AbortSignal | undefined;
}

function checkOut(out: unknown): string {
  if (typeof out !== 'string' || out === '' || out.includes('\0')) {
    throw invalidOption('out', 'the path of a file', out);
  }
  return out;
}

/** Throws ERR_INVALID_OPTION. */
export function checkJobOptions(options: JobOptions): CheckedJobOptions {
  const checked = checkOptionNames(options, jobOptionNames, 'runJob') as JobOptions;
  const { out, format, resume, overwrite, shard, maxErrors, list, nullSeparated, onProgress, signal, ...spec } = checked;
  if (resume && overwrite) {
    throw invalidOption('overwrite', 'no true together with resume', overwrite);
  }
  if (onProgress !== undefined) {
    checkFunction('onProgress', onProgress);
  }
  for (const [name, value] of Object.entries({ format, resume, overwrite })) {
    if (value && out === undefined) {
      throw invalidOption(name, 'nothing without out', value);
    }
  }
  return {
    spec: checkJobSpec(spec),
    out: out === undefined ? undefined : checkOut(out),
    format: out === undefined ? 'jsonl' : formatOf(checkOut(out), format),
    resume: checkBoolean('resume', resume ?? false),
    overwrite: checkBoolean('overwrite', overwrite ?? false),
    shard: shard === undefined ? undefined : typeof shard === 'string' ? parseShard(shard) : checkShard(shard),
    maxErrors:
      maxErrors === undefined ? Number.POSITIVE_INFINITY : checkInteger('maxErrors', maxErrors, 0, Number.MAX_SAFE_INTEGER),
    list,
    nullSeparated: checkBoolean('nullSeparated', nullSeparated ?? false),
    onProgress,
    signal: signal === undefined ? undefined : checkSignal('signal', signal),
  };
}
