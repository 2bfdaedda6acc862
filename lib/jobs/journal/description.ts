import type { OutputFormat } from '../export/format';
import type { ManifestSummary } from '../inputs/manifest-file';
import type { Shard } from '../inputs/shard';
import { isPlainObject } from '../plain-object';
import type { JobSpec, speedOptions } from '../spec';

/** What a job is: whoever goes on with it must be at the same one, or rows of two jobs would stand in one file. */
export interface JobDescription {
  /** Of the package: another may compute other last digits. */
  version: string;
  spec: Omit<JobSpec, (typeof speedOptions)[number]>;
  /** Hexadecimal SHA-256 of the model file. */
  model: string;
  /** What the network runs on, see `PictureRunner`. */
  device: string;
  /** The saved list of inputs; null where pictures come from an iterator. */
  inputs: ManifestSummary | null;
  shard: Shard | null;
  format: OutputFormat;
}

const say = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : `'${value}'`);

/** The first of a hash's digits, enough to tell two files apart. */
const shortHash = (hash: unknown) => `${String(hash).slice(0, 12)}…`;

function compare(name: string, saved: unknown, current: unknown, found: string[]): void {
  if (isPlainObject(saved) || isPlainObject(current)) {
    const before = isPlainObject(saved) ? saved : {};
    const now = isPlainObject(current) ? current : {};
    for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) {
      compare(key, before[key], now[key], found);
    }
  } else if (JSON.stringify(saved) !== JSON.stringify(current)) {
    if (saved === undefined || saved === null) {
      found.push(`${name} was not given and is now ${say(current)}`);
    } else if (current === undefined || current === null) {
      found.push(`${name} was ${say(saved)} and is not given now`);
    } else {
      found.push(`${name} was ${say(saved)} and is now ${say(current)}`);
    }
  }
}

/** What decides the rows of each picture, wherever it is worked on. */
type RowSource = Pick<JobDescription, 'version' | 'spec' | 'model'>;

/** What differs in what is done to each picture, for a person. */
export function specDifferences(saved: RowSource, current: RowSource): string[] {
  const found: string[] = [];
  compare('version of this package', saved.version, current.version, found);
  compare('spec', saved.spec, current.spec, found);
  if (saved.model !== current.model) {
    found.push(`the model file had SHA-256 ${shortHash(saved.model)} and has ${shortHash(current.model)} now`);
  }
  return found;
}

/** What differs between a job as it was begun and as it is asked for now, for a person; its inputs are compared by `manifestDifference`. */
export function jobDifferences(saved: JobDescription, current: JobDescription): string[] {
  const found = specDifferences(saved, current);
  compare('device', saved.device, current.device, found);
  const shardOf = ({ shard }: JobDescription) => (shard ? `${shard.index}/${shard.count}` : undefined);
  compare('shard', shardOf(saved), shardOf(current), found);
  compare('format', saved.format, current.format, found);
  return found;
}
