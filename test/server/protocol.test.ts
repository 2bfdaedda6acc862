import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import sharp from 'sharp';
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

/** What an answer of {@link exchange} says: its status and its JSON. */
function refusalIn(text: string): [status: number, code: unknown, message: unknown] {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^content-length: ${body.length}$`, 'im'));
  const { error } = JSON.parse(body) as { error: { code: string; message: string } };
  return [Number(head.split(' ')[1]), error.code, error.message];
}

test('what is no request, or comes too late, is refused in the same form as all else', async () => {
  const server = await start({ receiveTimeout: 1 });
  const bad = [400, 'ERR_BAD_REQUEST', expect.stringContaining('HTTP')];
  const chunked = ['POST /v1/classify HTTP/1.1', 'Host: localhost', 'Transfer-Encoding: chunked'];
  expect(refusalIn(await exchange(server, 'no request\r\n\r\n'))).toEqual(bad);
  expect(refusalIn(await exchange(server, lines(...chunked, 'Content-Length: 5')))).toEqual(bad);
  expect(refusalIn(await exchange(server, lines(...chunked), 'no chunk\r\n'))).toEqual(bad);
  const long = await exchange(server, lines('GET / HTTP/1.1', 'Host: localhost', `X: ${'x'.repeat(20_000)}`));
  expect(refusalIn(long)).toEqual([431, 'ERR_BAD_REQUEST', expect.stringContaining('headers')]);
  const late = [408, 'ERR_TIMEOUT', expect.stringContaining('1 s')];
  expect(refusalIn(await exchange(server, lines(...chunked), '5\r\nabc'))).toEqual(late);
  expect(refusalIn(await exchange(server, 'POST /v1/classify HTTP/1.1\r\nHost: local'))).toEqual(late);
});

test('a server that stops refuses what comes over connections that are still open, in that form too', async () => {
  const server = await start({ concurrency: 1 });
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  // Large enough to be in work for a while.
  const large = await sharp({ create: { width: 6000, height: 4000, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  const post = lines('POST /v1/segment?classMap=none HTTP/1.1', 'Host: localhost', `Content-Length: ${large.length}`);
  let text = '';
  const closed = new Promise<void>((resolve) => socket.on('close', resolve));
  socket.on('data', (data) => {
    text += data.toString('latin1');
  });
  socket.write(post);
  socket.write(large);
  for (;;) {
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    if (metrics.includes('mobilenet_pictures_in_work 1')) {
      break;
    }
  }
  const stopped = server.stop();
  socket.write(lines('GET /healthz HTTP/1.1', 'Host: localhost'));
  await closed;
  await stopped;
  const [first, second] = answersOf(text);
  expect(first).toMatch(/^HTTP\/1.1 200 /);
  expect(second).toMatch(/^HTTP\/1.1 503 [\s\S]*retry-after: 1/i);
  expect(refusalIn(second as string)).toEqual([503, 'ERR_BUSY', expect.stringContaining('stop')]);
});
