import { createHash } from 'node:crypto';
import { MobileNetError } from '../../errors';
import { describe } from '../../options';

/** One of `count` parts of a list of pictures. */
export interface Shard {
  /** From 1 to `count`. */
  index: number;
  count: number;
}

const mostShards = 65_536;
/** Of the hash; a number that a double holds exactly. */
const hashBytes = 6;

function shardExpected(received: unknown): MobileNetError {
  const message = `expected a part such as 3/16, from 1/1 to ${mostShards}/${mostShards}, for shard but received ${describe(received)}`;
  return new MobileNetError('ERR_INVALID_OPTION', message);
}

/** `3/16`. Throws ERR_INVALID_OPTION. */
export function parseShard(text: string): Shard {
  const [, index, count] = /^(\d{1,5})\/(\d{1,5})$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (!(shard.index >= 1 && shard.index <= shard.count && shard.count <= mostShards)) {
    throw shardExpected(text);
  }
  return shard;
}

/** Throws ERR_INVALID_OPTION. */
export function checkShard(value: unknown): Shard {
  const { index, count } = (typeof value === 'object' && value !== null ? value : {}) as Partial<Shard>;
  if (!Number.isInteger(index) || !Number.isInteger(count)) {
    throw shardExpected(value);
  }
  return parseShard(`${index}/${count}`);
}

/**
 * Whether a picture belongs to a shard: the first six bytes of its key's SHA-256, big-endian, modulo the number of shards. This never
 * changes, so that machines of different versions can share a job.
 */
export function inShard(key: string, { index, count }: Shard): boolean {
  const number = createHash('sha256').update(key, 'utf8').digest().readUIntBE(0, hashBytes);
  return number % count === index - 1;
}
