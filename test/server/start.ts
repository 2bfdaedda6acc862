import path from 'node:path';
import type { ServerOptions } from '../../lib/server/options';
import { type RunningServer, startServer } from '../../lib/server/server';

export const photo = (name: string) => path.join(__dirname, '..', '..', 'photos', name);

const running: RunningServer[] = [];

/** A server on a free port, stopped after the test file by {@link stopAll}. */
export async function start(options: ServerOptions = {}): Promise<RunningServer> {
  const server = await startServer({ port: 0, device: 'cpu', threads: 1, page: false, ...options });
  running.push(server);
  return server;
}

export async function stopAll(): Promise<void> {
  await Promise.all(running.splice(0).map((server) => server.stop()));
}

/** An answer's status and its JSON. */
export async function ask(server: RunningServer, path: string, init?: RequestInit): Promise<{ status: number; body: unknown }> {
  const response = await fetch(server.url + path, init);
  return { status: response.status, body: await response.json() };
}

/** What a refusal looks like, whatever its message says beside `text`. */
export const refusal = (status: number, code: string, text = '') => ({
  status,
  body: { error: { code, message: expect.stringContaining(text) } },
});
