import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { RequestError } from './errors';

/** How often a server that stops looks whether it is done, in milliseconds. */
const poll = 10;

/** Counts the requests in work, cameras apart: when there are none left, nobody is waited for. Refuses those that come while the server stops. */
export function watchRequests(server: FastifyInstance): { idle(): boolean } {
  let requests = 0;
  let stopping = false;
  server.addHook('preClose', async () => {
    stopping = true;
  });
  server.addHook('onRequest', async ({ headers }, { raw }) => {
    if (headers.upgrade === undefined) {
      requests++;
      raw.once('close', () => requests--);
    }
    if (stopping) {
      throw new RequestError('ERR_BUSY', 'the server is being stopped');
    }
  });
  return { idle: () => requests === 0 };
}

/** Takes no more requests and waits for those in work, for so many seconds at most. */
export async function stopServer(server: FastifyInstance, idle: () => boolean, stopTimeout: number): Promise<void> {
  const closed = server.close();
  const latest = performance.now() + stopTimeout * 1000;
  while (!idle() && performance.now() < latest) {
    await sleep(poll);
  }
  // Connections that are open for no request, or for too long a one.
  server.server.closeAllConnections();
  await hangUp(server, latest);
  await closed;
}

/** Cameras have been asked to close; those that do not are cut off. */
async function hangUp({ websocketServer: { clients } }: FastifyInstance, latest: number): Promise<void> {
  while (clients.size > 0 && performance.now() < latest) {
    await sleep(poll);
  }
  for (const socket of clients) {
    socket.terminate();
  }
}
