import { isIP } from 'node:net';
import type { RedisOptions } from 'ioredis';
import { MobileNetError } from '../../errors';
import { invalidOption } from '../../options';

/** Where the queue is. */
export interface QueueAddress {
  /** For ioredis; user name and password are in it. */
  options: RedisOptions;
  /** For people: without user name and password. */
  shown: string;
  /** What stands before all keys, in braces: a cluster keeps all keys of a queue in one place then. */
  prefix: string;
}

const defaultPort = 6379;
const prefixPattern = /^[A-Za-z0-9_.-]{1,64}$/;

function decoded(text: string): string | undefined {
  if (text === '') {
    return undefined;
  }
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * `redis://user:password@host:6379/0`, or `rediss:` for TLS. No message repeats the text: it may hold a password. Throws ERR_INVALID_OPTION.
 *
 * @param prefix tells several queues in one Redis apart: letters, digits, `_`, `.` and `-`. Default `mobilenet`
 */
export function parseQueueAddress(text: string, prefix = 'mobilenet'): QueueAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const database = /^\/?(\d*)$/.exec(url?.pathname ?? '-')?.[1];
  // What follows a # or ? may be the rest of a password, of which the beginning was taken for the port then.
  const isWhole = url && database !== undefined && url.hostname !== '' && url.search === '' && url.hash === '';
  if (!isWhole || (url.protocol !== 'redis:' && url.protocol !== 'rediss:')) {
    throw new MobileNetError(
      'ERR_INVALID_OPTION',
      'expected an address such as redis://user:password@host:6379/0 or rediss://host for queue (in passwords / is %2F, # is %23, ? is %3F, % is %25)',
    );
  }
  if (!prefixPattern.test(prefix)) {
    throw invalidOption('prefix', 'letters, digits, _, . and -', prefix);
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? defaultPort : Number(url.port);
  return {
    options: {
      host,
      port,
      username: decoded(url.username),
      password: decoded(url.password),
      db: Number(database || 0),
      ...(url.protocol === 'rediss:' ? { tls: isIP(host) === 0 ? { servername: host } : {} } : {}),
    },
    shown: `${url.protocol}//${url.hostname}:${port}/${database || 0}`,
    prefix: `{${prefix}}`,
  };
}
