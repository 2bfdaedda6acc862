import type { Redis } from 'ioredis';
import { abortable } from '../../abort';
import { MobileNetError } from '../../errors';
import type { QueueAddress } from './address';
import { isAnswer } from './insist';

/** Milliseconds between two attempts to reach a Redis that has been there before. */
const firstDelay = 200;
const longestDelay = 5000;
/** Milliseconds for the first connection. */
const firstConnection = 10_000;

/** What ioredis says of an answer that is not Redis'. */
const foreignAnswer = /RESP type|Protocol error/;

/** What is needed of the server: bull's scripts and ours run on it. */
const leastVersion = [6, 2] as const;

function unreachable({ shown }: QueueAddress, error: unknown): MobileNetError {
  const { message, code } = error as NodeJS.ErrnoException;
  return new MobileNetError('ERR_QUEUE', `cannot use the queue at ${shown}: ${message || code || 'no connection'}`);
}

/** What Redis answered that it should not have, as ERR_QUEUE; every other error as it is. */
export function asQueueError(address: QueueAddress, error: unknown): unknown {
  return isAnswer(error) ? unreachable(address, error) : error;
}

/**
 * A connection that is made anew whenever it is lost, for as long as it takes; commands wait meanwhile.
 *
 * @param onTrouble told once each time it is lost, and with undefined when it is back
 */
export function connect(address: QueueAddress, onTrouble: (reason: string | undefined) => void = () => {}): Redis {
  const { Redis: Client } = require('ioredis') as typeof import('ioredis');
  let closed = false;
  const redis = new Client({
    ...address.options,
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => (closed ? null : Math.min(firstDelay * 2 ** Math.min(attempt, 10), longestDelay)),
    // A replica that took over must be asked for instead of the one it replaced.
    reconnectOnError: ({ message }) => (/\bREADONLY\b/.test(message) ? 2 : false),
  });
  // BullMQ makes copies of connections, which share their options. One that is in the middle of coming back would keep the process alive.
  const disconnect = redis.disconnect.bind(redis);
  redis.disconnect = (reconnect = false) => {
    closed = !reconnect;
    disconnect(reconnect);
  };
  let lost = false;
  redis.on('error', (error: Error) => {
    if (!lost) {
      lost = true;
      onTrouble(unreachable(address, error).message);
    }
  });
  redis.on('ready', () => {
    if (lost) {
      lost = false;
      onTrouble(undefined);
    }
  });
  return redis;
}

function versionOf(info: string): number[] {
  const version = /redis_version:(\d+)\.(\d+)/.exec(info);
  return version ? [Number(version[1]), Number(version[2])] : [];
}

/**
 * Sees that there is a Redis at the address which lets us in. Throws ERR_QUEUE.
 *
 * @param patience milliseconds for all of it
 * @returns what may go wrong with it later, for people
 */
export async function checkQueue(address: QueueAddress, patience = firstConnection): Promise<string[]> {
  const { Redis: Client } = require('ioredis') as typeof import('ioredis');
  const redis = new Client({
    ...address.options,
    lazyConnect: true,
    connectTimeout: patience * 0.8, // before all of it has passed, so that it is told apart
    maxRetriesPerRequest: 1,
    retryStrategy: () => null,
  });
  let reason: unknown;
  redis.on('error', (error) => {
    reason ??= error;
  });
  const silence = AbortSignal.timeout(patience);
  try {
    return await abortable(greet(redis, address.options.db), silence);
  } catch (error) {
    const isOther = reason === undefined ? silence.aborted : foreignAnswer.test(String(reason));
    throw unreachable(address, isOther ? new Error('what is there does not answer as Redis does') : (reason ?? error));
  } finally {
    redis.disconnect();
  }
}

async function greet(redis: Redis, database = 0): Promise<string[]> {
  await redis.connect();
  if (database !== 0) {
    // Where there is no such database, ioredis would go on with the first one.
    await redis.select(database);
  }
  const [major = 0, minor = 0] = versionOf(await redis.info('server'));
  if (major < leastVersion[0] || (major === leastVersion[0] && minor < leastVersion[1])) {
    throw new Error(`expected Redis ${leastVersion.join('.')} or later but found ${major}.${minor}`);
  }
  return warningsOf(redis);
}

/** Managed servers may not let their settings be read: nothing is known then. */
async function warningsOf(redis: Redis): Promise<string[]> {
  const setting = async (name: string) => {
    const answer = (await redis.config('GET', name).catch(() => [])) as string[];
    return answer[1];
  };
  const warnings: string[] = [];
  if (/^role:slave/m.test(await redis.info('replication').catch(() => ''))) {
    warnings.push('Redis is a replica, which takes no writes: commands that write wait until it is the primary');
  }
  const policy = await setting('maxmemory-policy');
  if (policy !== undefined && policy !== 'noeviction') {
    warnings.push(`Redis may throw parts of jobs away: its maxmemory-policy is ${policy}, not noeviction`);
  }
  if ((await setting('appendonly')) === 'no') {
    warnings.push('Redis keeps no append-only file: a restart may lose what it was told lately');
  }
  return warnings;
}
