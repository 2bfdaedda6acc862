import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export const hasRedis = () => !spawnSync('redis-server', ['--version']).error;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const connected = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(
    () => false,
  );
  socket.destroy();
  return connected;
}

/** A Redis of the pages' own, with a password as theirs has, that keeps nothing. */
export class Redis {
  private constructor(
    readonly url: string,
    readonly process: ChildProcess,
  ) {}

  /** @param folder where it may write */
  static async start(folder: string): Promise<Redis> {
    const port = await freePort();
    const settings = {
      port,
      bind: '127.0.0.1',
      dir: folder,
      save: '',
      requirepass: 'password',
      'maxmemory-policy': 'noeviction',
    };
    const args = Object.entries({ ...settings, appendonly: 'yes' }).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const server = spawn('redis-server', args, { stdio: 'ignore' });
    for (const end = performance.now() + 10_000; !(await answers(port)); await sleep(50)) {
      if (performance.now() > end || server.exitCode !== null) {
        server.kill('SIGKILL');
        throw new Error('redis-server did not start');
      }
    }
    return new Redis(`redis://:password@127.0.0.1:${port}`, server);
  }

  async stop(): Promise<void> {
    const ended = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    await ended;
  }
}
