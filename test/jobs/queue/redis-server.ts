import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { parseQueueAddress, type QueueAddress } from '../../../lib/jobs/queue/address';

/** Debian's package of that name; what needs it is skipped where it is missing. */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
if (!hasRedis) {
  console.log('SKIPPED the tests on a Redis: redis-server not found');
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** A Redis of a test's own on 127.0.0.1, with an append-only file in a temporary folder. */
export class RedisServer {
  readonly #folder = mkdtempSync(join(os.tmpdir(), 'mobilenet-redis-'));
  readonly #password: string | undefined;
  readonly #connections: Redis[] = [];
  #child: ChildProcess | undefined;
  port = 0;

  constructor(password?: string) {
    this.#password = password;
  }

  async start(): Promise<this> {
    this.port ||= await freePort();
    const args = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder, '--appendonly', 'yes', '--save', ''];
    this.#child = spawn('redis-server', [...args, ...(this.#password ? ['--requirepass', this.#password] : [])], {
      stdio: 'ignore',
    });
    const probe = new Redis({ host: '127.0.0.1', port: this.port, password: this.#password, retryStrategy: () => 50 });
    probe.on('error', () => {});
    while ((await probe.ping().catch(() => 'loading')) !== 'PONG') {
      await sleep(20);
    }
    probe.disconnect();
    return this;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get address(): QueueAddress {
    return parseQueueAddress(this.url);
  }

  /** A connection that is closed with the server. */
  connect(): Redis {
    const redis = new Redis({ ...this.address.options, password: this.#password, maxRetriesPerRequest: null });
    redis.on('error', () => {});
    this.#connections.push(redis);
    return redis;
  }

  /** Ends it as a power cut would, as far as the process goes. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }

  async stop(): Promise<void> {
    for (const redis of this.#connections.splice(0)) {
      redis.disconnect();
    }
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
