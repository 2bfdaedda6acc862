import { hash } from 'node:crypto';
import { checkInteger, invalidOption } from '../../options';

/** One of `count` parts of a job. */
export interface Shard {
  /** 1 to `count`. */
  index: number;
  /** 1 to 65536. */
  count: number;
}

const mostShards = 65_536;

/** Reads `3/16`. Throws ERR_INVALID_OPTION. */
export function parseShard(text: string): Shard {
  const [, index, count] = /^(\d{1,5})\/(\d{1,5})$/.exec(text)?.map(Number) ?? [];
  if (!index || !count || index > count || count > mostShards) {
    throw invalidOption('shard', `INDEX/COUNT such as 3/16, with INDEX from 1 to COUNT and COUNT at most ${mostShards},`, text);
  }
  return { index, count };
}

/** Throws ERR_INVALID_OPTION for what is no shard. */
export function checkShard({ index, count }: Shard): Shard {
  checkInteger('shard.count', count, 1, mostShards);
  checkInteger('shard.index', index, 1, count);
  return { index, count };
}

/**
 * Whether a picture belongs to a shard. Every key belongs to exactly one of the `count` shards, on every machine, in every
 * version of this package: that of the first 6 bytes of the key's SHA-256 (big endian) modulo `count`, plus 1. Keys are hashed in
 * UTF-8 and in Unicode's composed form (NFC): one share shows `é` as one character to Linux and as two to macOS.
 */
export function inShard(key: string, { index, count }: Shard): boolean {
  const digest = hash('sha256', key.normalize('NFC'), 'buffer');
  return digest.readUIntBE(0, 6) % count === index - 1;
}
