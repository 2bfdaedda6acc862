import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { RunningServer } from '../../lib/server/server';
import { photo, start, stopAll } from './start';

const cat = readFileSync(photo('chelsea.png'));
afterAll(stopAll);

/** Sends bytes as they are and resolves to all that comes back until the server hangs up. */
function exchange({ url }: RunningServer, ...parts: (string | Uint8Array)[]): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname);
    socket.on('data', (data) => {
      text += data.toString('latin1');
    });
    socket.on('error', reject).on('close', () => resolve(text));
    for (const part of parts) {
      socket.write(part);
    }
  });
}

const lines = (...headers: string[]) => [...headers, '\r\n'].join('\r\n');
const answersOf = (text: string) => text.split(/(?=HTTP\/1\.1 \d)/);

/** As Java's HttpClient and `curl --http2` ask: over TCP they do not know yet what the server speaks. */
const upgrade = [
  'Connection: Upgrade, HTTP2-Settings',
  'Upgrade: h2c',
  'HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA',
];

test('clients that would rather speak HTTP/2 are answered over HTTP/1.1', async () => {
  const server = await start();
  const post = ['POST /v1/classify?topK=1 HTTP/1.1', 'Host: localhost', `Content-Length: ${cat.length}`, ...upgrade];
  const last = lines('GET /healthz HTTP/1.1', 'Host: localhost', 'Connection: close');
  // The body in the same packet as the head, behind it, and one request after another over one connection.
  const whole = Buffer.concat([Buffer.from(lines(...post)), cat]);
  const text = await exchange(server, whole, lines(...post), cat.subarray(0, 70_000), cat.subarray(70_000), last);
  const answers = answersOf(text);
  expect(answers).toEqual([
    expect.stringMatching(/^HTTP\/1.1 200 OK[\s\S]*Egyptian cat/),
    expect.stringMatching(/^HTTP\/1.1 200 OK[\s\S]*Egyptian cat/),
    expect.stringMatching(/^HTTP\/1.1 200 OK[\s\S]*"status":"ok"/),
  ]);
  const evil = ['GET /healthz HTTP/1.1', 'Host: evil.example', 'Connection: close, Upgrade', 'Upgrade: h2c'];
  expect(await exchange(server, lines(...evil))).toMatch(/^HTTP\/1.1 403 [\s\S]*ERR_FORBIDDEN/);
});
