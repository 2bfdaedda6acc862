import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ask, askJson } from '../../page/src/engine/http/request';

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

/** The address of a server that answers so. */
async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const gone = { code: 'ERR_SERVER_GONE' };

test('a server that says nothing, or stops in the middle of an answer, is gone', async () => {
  const silent = await serving(() => {});
  await expect(ask(silent, { patience: 100 })).rejects.toMatchObject(gone);
  const halting = await serving((_, response) => response.write('{"models":['));
  await expect(askJson(halting, { patience: 300 })).rejects.toMatchObject(gone);
  const breaking = await serving((_, response) => response.write('{', () => response.destroy()));
  await expect(askJson(breaking)).rejects.toMatchObject(gone);
  await expect(ask('http://127.0.0.1:1/')).rejects.toMatchObject(gone);
});

test('refusals keep their codes, aborts their reasons', async () => {
  const busy = await serving((_, response) => response.writeHead(503).end('{"error":{"code":"ERR_BUSY","message":"later"}}'));
  await expect(ask(busy)).rejects.toMatchObject({ code: 'ERR_BUSY', message: 'later' });
  const strange = await serving((_, response) => response.writeHead(500).end('<html>'));
  await expect(ask(strange)).rejects.toMatchObject({ ...gone, message: expect.stringContaining('500') });
  const silent = await serving(() => {});
  const controller = new AbortController();
  const asked = ask(silent, { signal: controller.signal });
  controller.abort('enough');
  await expect(asked).rejects.toBe('enough');
});
