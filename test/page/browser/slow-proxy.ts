import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** Passes requests on to a server; of the progress of loading, line by line, as from a slow disk. */
export async function slowProxy(target: string, pause: number): Promise<{ address: string; close(): Promise<void> }> {
  const { host } = new URL(target);
  const server = http.createServer((request, response) => {
    const { headers, method, url = '/' } = request;
    const passed = http.request(`${target}${url}`, {
      method,
      headers: { ...headers, host, ...(headers.origin && { origin: target }) },
    });
    request.pipe(passed);
    passed.on('error', () => response.destroy());
    passed.on('response', async (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      if (!url.includes('/load?')) {
        answer.pipe(response);
        return;
      }
      for await (const line of createInterface({ input: answer })) {
        await sleep(pause);
        response.write(`${line}\n`);
      }
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
