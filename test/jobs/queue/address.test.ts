import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { parseQueueAddress } from '../../../lib/jobs/queue/address';
import { asQueueError, checkQueue } from '../../../lib/jobs/queue/connect';
import { checkChunk, checkJobName } from '../../../lib/jobs/queue/queue-job';
import { errorOf, matching } from '../../error-of';
import { hasRedis, RedisServer } from './redis-server';

const password = 'p@ss:w/ord%20#1';
const withPassword = (rest: string) => `redis://user:${encodeURIComponent(password)}@${rest}`;

describe('addresses', () => {
  test('host, port, database, user and password', () => {
    const { options, shown, prefix } = parseQueueAddress(withPassword('queue.local:7000/3'), 'team');
    expect(options).toEqual({ host: 'queue.local', port: 7000, db: 3, username: 'user', password });
    expect(shown).toBe('redis://queue.local:7000/3');
    expect(prefix).toBe('{team}');
  });

  test('what is left out has Redis defaults; rediss: is TLS', () => {
    expect(parseQueueAddress('redis://queue.local').options).toMatchObject({ port: 6379, db: 0, password: undefined });
    expect(parseQueueAddress('rediss://queue.local').options).toMatchObject({ tls: { servername: 'queue.local' } });
    // Only names may be asked for in a handshake (RFC 6066, 3); of addresses Node would warn in every command.
    for (const [host, shown] of [
      ['::1', '[::1]'],
      ['192.0.2.1', '192.0.2.1'],
    ] as const) {
      expect(parseQueueAddress(`rediss://${shown}:1/`).options).toMatchObject({ host, tls: {} });
      expect(parseQueueAddress(`rediss://${shown}:1/`).options.tls).not.toHaveProperty('servername');
    }
    expect(parseQueueAddress('redis://:100%@host').options).toMatchObject({ password: '100%' });
  });

  test('what is no address is refused without repeating it', () => {
    const wrongs = [
      ...['', 'queue', 'http://user:secret@host', 'redis://user:secret@host/db', 'redis://user:secret@'],
      // Passwords whose characters end the host's part: what is before them reads like a port.
      ...['redis://user:77#secret@host/0', 'redis://user:77?secret@host/0', 'redis://user:77/secret@host'],
    ];
    for (const wrong of wrongs) {
      const error = errorOf(() => parseQueueAddress(wrong));
      expect(error).toMatch(matching('ERR_INVALID_OPTION', 'redis://user:password@host:6379/0'));
      expect(error).not.toMatch(/secret|77/);
    }
    expect(errorOf(() => parseQueueAddress('redis://host', 'a:b'))).toMatch(matching('ERR_INVALID_OPTION', 'prefix'));
  });
});

test('names of jobs', () => {
  expect(checkJobName('holidays_2026-11.a')).toBe('holidays_2026-11.a');
  for (const wrong of ['', 'a b', 'a:b', 'ä', 'x'.repeat(65), 7]) {
    expect(errorOf(() => checkJobName(wrong))).toMatch(matching('ERR_INVALID_OPTION', 'for job'));
  }
});

test('only chunks are chunks', () => {
  const chunk = { job: 'a', chunk: 0, first: 0, images: [{ name: 'a.jpg' }, { name: 'b.jpg', root: '.' }] };
  expect(checkChunk(chunk)).toEqual(chunk);
  const wrong = [
    ...[null, 7, [], {}],
    ...[{ job: '../a' }, { chunk: -1 }, { chunk: 0.5 }, { first: 'x' }, { images: [] }, { images: 'a' }].map((part) => ({
      ...chunk,
      ...part,
    })),
    { ...chunk, images: [{ name: 1 }] },
    { ...chunk, images: [{ name: 'a', root: 1 }] },
  ];
  for (const value of wrong) {
    expect(errorOf(() => checkChunk(value))).toMatch(matching('ERR_QUEUE', 'no chunk'));
  }
});

(hasRedis ? describe : describe.skip)('reaching a Redis', () => {
  test('one that lets us in, and one that does not', async () => {
    const server = await new RedisServer(password).start();
    try {
      const address = (userinfo: string) => parseQueueAddress(`redis://${userinfo}127.0.0.1:${server.port}`);
      expect(await checkQueue(address(`:${encodeURIComponent(password)}@`))).toEqual([]);
      for (const userinfo of ['', ':another-secret@', 'nobody:another-secret@']) {
        const error = await checkQueue(address(userinfo)).catch((reason: Error) => reason);
        expect(error).toMatchObject({
          code: 'ERR_QUEUE',
          message: expect.stringContaining(`redis://127.0.0.1:${server.port}/0`),
        });
        expect((error as Error).message).not.toContain('secret');
      }
    } finally {
      await server.stop();
    }
  });

  test('one that loses what it is told is warned of', async () => {
    const server = await new RedisServer().start();
    try {
      const redis = server.connect();
      await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
      await redis.config('SET', 'appendonly', 'no');
      expect(await checkQueue(server.address)).toEqual([
        expect.stringContaining('allkeys-lru'),
        expect.stringContaining('append-only'),
      ]);
    } finally {
      await server.stop();
    }
  });

  test('a database that it does not have is refused, and not another one used', async () => {
    const server = await new RedisServer().start();
    try {
      expect(await checkQueue(parseQueueAddress(`${server.url}/15`))).toEqual([]);
      await expect(checkQueue(parseQueueAddress(`${server.url}/16`))).rejects.toMatchObject({
        code: 'ERR_QUEUE',
        message: expect.stringMatching(/\/16: .*DB index is out of range/),
      });
    } finally {
      await server.stop();
    }
  });

  test('one that takes no writes is warned of', async () => {
    const servers = [await new RedisServer().start(), await new RedisServer().start()] as const;
    try {
      const [primary, replica] = servers;
      await replica.connect().replicaof('127.0.0.1', primary.port);
      expect(await checkQueue(replica.address)).toEqual([expect.stringContaining('replica')]);
      expect(await checkQueue(primary.address)).toEqual([]);
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  });

  test('what is no Redis: one that says nothing, one that says something else', async () => {
    for (const answer of [undefined, 'HTTP/1.1 400 Bad Request\r\n\r\n']) {
      const other = createServer((socket) => {
        socket.on('error', () => {});
        if (answer) {
          socket.write(answer);
        }
      });
      other.listen(0, '127.0.0.1');
      await once(other, 'listening');
      const address = parseQueueAddress(`redis://:secret@127.0.0.1:${(other.address() as AddressInfo).port}`);
      const error = (await checkQueue(address, 500).catch((reason: Error) => reason)) as Error;
      expect(error).toMatchObject({
        code: 'ERR_QUEUE',
        message: expect.stringContaining('what is there does not answer as Redis does'),
      });
      expect(error.message).not.toContain('secret');
      other.close();
    }
  });

  test('what Redis answers later is ERR_QUEUE as well', async () => {
    const server = await new RedisServer().start();
    try {
      const redis = server.connect();
      await redis.set('text', 'a');
      const error = asQueueError(server.address, await redis.hget('text', 'a').catch((reason: Error) => reason));
      expect(error).toMatchObject({ code: 'ERR_QUEUE', message: expect.stringContaining('WRONGTYPE') });
      const other = new TypeError('of ours');
      expect(asQueueError(server.address, other)).toBe(other);
    } finally {
      await server.stop();
    }
  });

  test('none at all', async () => {
    const server = await new RedisServer().start();
    const { address } = server;
    await server.stop();
    await expect(checkQueue(address)).rejects.toMatchObject({
      code: 'ERR_QUEUE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});
