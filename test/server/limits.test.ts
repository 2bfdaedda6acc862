import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import type { RunningServer } from '../../lib/server/server';
import { ask, photo, refusal, start, stopAll } from './start';

const cat = new Uint8Array(readFileSync(photo('chelsea.png')));
const head = (length: number | 'chunked') =>
  [
    'POST /v1/classify HTTP/1.1',
    'Host: localhost',
    'Content-Type: image/png',
    length === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`,
    '\r\n',
  ].join('\r\n');

afterAll(stopAll);

function dial({ url }: RunningServer): { socket: Socket; answer: Promise<string> } {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.setEncoding('utf8').on('data', (data) => {
    text += data;
  });
  const answer = new Promise<string>((resolve) => socket.on('error', () => {}).on('close', () => resolve(text)));
  return { socket, answer };
}

/** A figure of the server's metrics. */
async function figure(server: RunningServer, name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) {
    await sleep(10);
  }
}

test('bodies over the limit, announced and not', async () => {
  const server = await start({ maxBytes: 300_000 });
  const classify = (body: Uint8Array) => ask(server, '/v1/classify', { method: 'POST', body: new Uint8Array(body) });
  expect(await classify(cat)).toMatchObject({ status: 200 });
  expect(await classify(Buffer.alloc(300_001))).toEqual(refusal(413, 'ERR_BODY_TOO_LARGE', '300000'));
  const chunked = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(50_000)),
  });
  const endless = ask(server, '/v1/classify', { method: 'POST', body: chunked, duplex: 'half' } as RequestInit);
  expect(await endless).toEqual(refusal(413, 'ERR_BODY_TOO_LARGE', '300000'));
  const form = new FormData();
  form.append('image', new Blob([new Uint8Array(300_001)]), 'large.png');
  expect(await ask(server, '/v1/classify', { method: 'POST', body: form })).toEqual(refusal(413, 'ERR_BODY_TOO_LARGE'));
  expect(await figure(server, 'mobilenet_body_bytes')).toBe(0);
});

test('pictures of too many pixels, by their heads', async () => {
  const server = await start({ maxPixels: 1_000_000 });
  const bomb = await sharp({ create: { width: 5000, height: 4000, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  const answer = await ask(server, '/v1/classify', { method: 'POST', body: new Uint8Array(bomb) });
  expect(answer).toEqual(refusal(413, 'ERR_IMAGE_TOO_LARGE', '5000'));
});

test('slow clients: 408 when the time is up, and others are served meanwhile', async () => {
  const server = await start({ receiveTimeout: 1, concurrency: 1, maxWaiting: 0 });
  const slow = Array.from({ length: 20 }, () => dial(server));
  for (const { socket } of slow) {
    socket.write(head(100_000));
  }
  const heads = dial(server);
  heads.socket.write('POST /v1/classify HTTP/1.1\r\nHost: localhost\r\n');
  expect(await ask(server, '/v1/classify', { method: 'POST', body: cat })).toMatchObject({ status: 200 });
  for (const answer of [heads.answer, ...slow.map((each) => each.answer)]) {
    expect(await answer).toMatch(/^HTTP\/1.1 408 /);
  }
  expect(await figure(server, 'mobilenet_body_bytes')).toBe(0);
});

test('a form with much behind its end, which its reader never comes to', async () => {
  const server = await start({ receiveTimeout: 1 });
  const form = `--x\r\nContent-Type: image/png\r\n\r\nx\r\n--x--\r\n${'behind'.repeat(20_000)}`;
  const headers = { 'content-type': 'multipart/form-data; boundary=x' };
  const answer = await ask(server, '/v1/classify', { method: 'POST', body: form, headers });
  expect(answer).toEqual(refusal(400, 'ERR_BAD_REQUEST', 'a form'));
  expect(await figure(server, 'mobilenet_body_bytes')).toBe(0);
});

test('too much to do: 503, and when to come again', async () => {
  const server = await start({ concurrency: 1, maxWaiting: 1 });
  const body = new Uint8Array(readFileSync(photo('astronaut.png')));
  const segment = () => fetch(`${server.url}/v1/segment?classMap=none`, { method: 'POST', body });
  const responses = await Promise.all(Array.from({ length: 12 }, segment));
  const bodies = await Promise.all(responses.map((response) => response.json()));
  const busy = responses.filter(({ status }) => status === 503);
  expect(responses.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(2);
  expect(busy.length).toBeGreaterThan(0);
  expect(busy.every(({ headers }) => headers.get('retry-after') === '1')).toBe(true);
  expect(
    bodies
      .filter((each) => 'error' in (each as object))
      .every((each) => (each as { error: { code: string } }).error.code === 'ERR_BUSY'),
  ).toBe(true);
});

test('a picture that takes too long: 504', async () => {
  const server = await start({ runTimeout: 0.001 });
  expect(await ask(server, '/v1/segment', { method: 'POST', body: cat })).toEqual(refusal(504, 'ERR_TIMEOUT', '0.001 s'));
});

test('a client that goes away ends the work on its picture', async () => {
  const errors: unknown[] = [];
  const server = await start({ concurrency: 1, onLog: ({ level, error }) => level === 'error' && errors.push(error) });
  const gone = Array.from({ length: 5 }, () => {
    const sent = request(`${server.url}/v1/segment`, { method: 'POST' });
    sent.on('error', () => {}).end(cat);
    return sent;
  });
  await until(async () => (await figure(server, 'mobilenet_pictures_in_work')) === 5);
  for (const sent of gone) {
    sent.destroy();
  }
  await until(async () => (await figure(server, 'mobilenet_pictures_in_work')) === 0);
  const text = await (await fetch(`${server.url}/metrics`)).text();
  expect(text).toMatch(/mobilenet_pictures_total\{task="segment",outcome="aborted"\} [1-5]/);
  expect(await figure(server, 'mobilenet_body_bytes')).toBe(0);
  expect(errors).toEqual([]);
});

test('a client that goes away in the middle of its body', async () => {
  const errors: unknown[] = [];
  const server = await start({ onLog: ({ level, error }) => level === 'error' && errors.push(error) });
  for (const length of [100_000, 'chunked'] as const) {
    const { socket, answer } = dial(server);
    socket.write(`${head(length)}${length === 'chunked' ? '5\r\nabcde\r\n' : 'abcde'}`);
    await until(async () => (await figure(server, 'mobilenet_body_bytes')) > 0);
    socket.destroy();
    await answer;
    await until(async () => (await figure(server, 'mobilenet_body_bytes')) === 0);
  }
  expect(errors).toEqual([]);
});

test('all bodies together', async () => {
  // Eight times the largest body, and 256 MiB at least.
  const server = await start({ maxBytes: 128 * 2 ** 20 });
  const full = Array.from({ length: 9 }, () => dial(server));
  const part = Buffer.alloc(120 * 2 ** 20);
  for (const { socket } of full) {
    socket.write(head(128 * 2 ** 20));
    socket.write(part);
  }
  const refused = await Promise.race(full.map(({ answer }) => answer));
  expect(refused).toMatch(/^HTTP\/1.1 503 [\s\S]*ERR_BUSY/);
  for (const { socket } of full) {
    socket.destroy();
  }
  await until(async () => (await figure(server, 'mobilenet_body_bytes')) === 0);
});

test('stopping: what is in work is finished, then nobody is there', async () => {
  const server = await start({ concurrency: 2 });
  const idle = dial(server);
  const running = Array.from({ length: 3 }, () => ask(server, '/v1/segment?classMap=none', { method: 'POST', body: cat }));
  await until(async () => (await figure(server, 'mobilenet_pictures_in_work')) === 3);
  const stopped = server.stop();
  expect(await Promise.all(running)).toEqual(Array.from({ length: 3 }, () => expect.objectContaining({ status: 200 })));
  await stopped;
  await idle.answer;
  await server.stop();
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
});

test('stopping does not wait for ever', async () => {
  const server = await start({ stopTimeout: 0.2 });
  const { socket, answer } = dial(server);
  socket.write(head(100_000));
  await sleep(50);
  const stopped = performance.now();
  await server.stop();
  await answer;
  expect(performance.now() - stopped).toBeLessThan(5000);
});

test('models make way for one another', async () => {
  const server = await start({ maxModels: 1 });
  const post = async (path: string) => (await ask(server, path, { method: 'POST', body: cat })).status;
  expect([await post('/v1/classify'), await post('/v1/detect'), await post('/v1/classify')]).toEqual([200, 200, 200]);
  expect(await figure(server, 'mobilenet_loaded_models')).toBe(1);
  // While one is in use, there is no room for another.
  const statuses = await Promise.all([post('/v1/segment'), post('/v1/embed'), post('/v1/detect')]);
  expect(statuses).toContain(200);
  expect(statuses).toContain(503);
});

test('an address that cannot be listened on', async () => {
  const { url } = await start();
  const { port } = new URL(url);
  await expect(start({ port: Number(port) })).rejects.toThrow(`another program listens on port ${port}`);
  await expect(start({ host: '203.0.113.1' })).rejects.toThrow('no such address as 203.0.113.1');
  await expect(start({ port: 70_000 })).rejects.toThrow('expected a whole number from 0 to 65535 for port but received 70000');
  await expect(start({ allowOrigins: ['photos.example'] })).rejects.toThrow("origins such as 'http://localhost:5173'");
  for (const withPort of ['photos.example:80', 'photos.example:8224', '[::1]:8224']) {
    await expect(start({ allowHosts: [withPort] })).rejects.toThrow('without ports');
  }
  await expect(start({ prot: 1 } as object)).rejects.toThrow("did you mean 'port'?");
});
