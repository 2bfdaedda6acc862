import type { Command } from 'commander';
import type { Redis } from 'ioredis';
import { MobileNetError } from '../../errors';
import type { QueueAddress } from '../../jobs/queue/address';
import { say } from '../output';

/** Flags of all commands that use a queue. */
export interface QueueFlags {
  queue?: string;
  prefix?: string;
}

const variable = 'MOBILENET_METAL_QUEUE';

export function addQueueFlags(command: Command): Command {
  return command
    .option('-q, --queue <address>', `redis://user:password@host:6379/0, or rediss: for TLS (default: ${variable})`)
    .option('--prefix <name>', 'of the names in Redis, where it holds several queues (default: mobilenet)');
}

function addressOf({ queue = process.env[variable], prefix }: QueueFlags): QueueAddress {
  if (!queue) {
    throw new MobileNetError('ERR_INVALID_OPTION', `expected the address of a Redis for --queue, or in ${variable}`);
  }
  const { parseQueueAddress } = require('../../jobs/queue/address') as typeof import('../../jobs/queue/address');
  return parseQueueAddress(queue, prefix);
}

/** Has something done with a queue, and closes the connections to it. Throws ERR_QUEUE where it cannot be reached. */
export async function withQueue<T>(
  flags: QueueFlags,
  work: (open: () => Redis, address: QueueAddress) => Promise<T>,
): Promise<T> {
  const address = addressOf(flags);
  const { asQueueError, checkQueue, connect } = require('../../jobs/queue/connect') as typeof import('../../jobs/queue/connect');
  for (const warning of await checkQueue(address)) {
    say(warning);
  }
  const connections: Redis[] = [];
  // The connections share their troubles: one line for all of them.
  let lost = 0;
  const onTrouble = (reason: string | undefined) => {
    lost += reason === undefined ? -1 : 1;
    if (reason !== undefined && lost === 1) {
      say(`${reason}; trying again until it is back`);
    } else if (lost === 0) {
      say(`the queue at ${address.shown} is back`);
    }
  };
  const open = () => {
    const redis = connect(address, onTrouble);
    connections.push(redis);
    return redis;
  };
  try {
    return await work(open, address);
  } catch (error) {
    throw asQueueError(address, error);
  } finally {
    for (const redis of connections) {
      redis.disconnect();
    }
  }
}
