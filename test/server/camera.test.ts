import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import WebSocket from 'ws';
import type { RunningServer } from '../../lib/server/server';
import { ask, photo, refusal, start, stopAll } from './start';

interface Answer {
  frame?: number;
  dropped?: number;
  result?: { categories?: { label: string }[]; legend?: object[] };
  error?: { code: string; message: string };
}

let cat: Buffer;
beforeAll(async () => {
  cat = await sharp(photo('chelsea.png')).jpeg().toBuffer();
});
afterAll(stopAll);

class Camera {
  readonly answers: Answer[] = [];
  readonly socket: WebSocket;
  readonly closed: Promise<number>;

  constructor({ url }: RunningServer, query: string, options?: WebSocket.ClientOptions) {
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/v1/camera?${query}`, options);
    this.socket.on('message', (data) => this.answers.push(JSON.parse(String(data))));
    this.closed = new Promise((resolve) => this.socket.on('error', () => {}).on('close', resolve));
  }

  async open(): Promise<this> {
    await new Promise((resolve, reject) => this.socket.once('open', resolve).once('error', reject));
    return this;
  }

  async until(condition: (answers: Answer[]) => boolean): Promise<void> {
    while (!condition(this.answers)) {
      await sleep(5);
    }
  }
}

/** Frames that were answered or dropped. */
const accounted = (answers: Answer[]) => answers.reduce((sum, { dropped = 0 }) => sum + 1 + dropped, 0);

test('frames one after the other are all answered', async () => {
  const server = await start();
  const camera = await new Camera(server, 'task=classify&topK=1').open();
  for (let frame = 0; frame < 5; frame++) {
    camera.socket.send(cat);
    await camera.until((answers) => answers.length === frame + 1);
  }
  expect(camera.answers.map(({ frame, dropped }) => [frame, dropped])).toEqual([
    [0, 0],
    [1, 0],
    [2, 0],
    [3, 0],
    [4, 0],
  ]);
  expect(camera.answers.every(({ result }) => result?.categories?.[0]?.label === 'Egyptian cat')).toBe(true);
  camera.socket.close();
  await camera.closed;
});

test('frames faster than the network are dropped, the newest is answered', async () => {
  const server = await start();
  const camera = await new Camera(server, 'task=segment&classMap=none').open();
  for (let frame = 0; frame < 200; frame++) {
    camera.socket.send(cat);
  }
  await camera.until((answers) => accounted(answers) === 200);
  const frames = camera.answers.map(({ frame }) => frame as number);
  expect(frames).toEqual([...frames].sort((a, b) => a - b));
  expect(frames.at(-1)).toBe(199);
  expect(frames.length).toBeLessThan(100);
  camera.socket.terminate();
  await camera.closed;
});

test('a frame that is no picture fails alone', async () => {
  const server = await start();
  const camera = await new Camera(server, 'task=classify').open();
  camera.socket.send(Buffer.from('no picture'));
  await camera.until((answers) => answers.length === 1);
  camera.socket.send(cat);
  await camera.until((answers) => answers.length === 2);
  expect(camera.answers[0]).toMatchObject({ frame: 0, error: { code: 'ERR_IMAGE_DECODE' } });
  expect(camera.answers[1]).toMatchObject({ frame: 1, result: { categories: expect.any(Array) } });
});

test('why nothing comes of it is said before the server hangs up', async () => {
  const server = await start({ maxCameras: 1 });
  const refused = async (query: string) => {
    const camera = new Camera(server, query);
    return [await camera.closed, camera.answers[0]?.error?.code, camera.answers[0]?.error?.message];
  };
  expect(await refused('')).toEqual([1008, 'ERR_INVALID_OPTION', expect.stringContaining('task')]);
  expect(await refused('task=embed')).toEqual([1008, 'ERR_INVALID_OPTION', expect.stringContaining("'classify'")]);
  expect(await refused('task=classify&topk=1')).toEqual([1008, 'ERR_INVALID_OPTION', expect.stringContaining("'topK'")]);
  expect(await refused('task=segment&answer=mask')).toEqual([
    1008,
    'ERR_INVALID_OPTION',
    expect.stringContaining("'json' for answer"),
  ]);
  expect(await refused('task=classify&model=none')).toEqual([1008, 'ERR_MODEL_NOT_FOUND', expect.any(String)]);
  const one = await new Camera(server, 'task=classify').open();
  one.socket.send(cat);
  await one.until((answers) => answers.length === 1);
  expect(await refused('task=classify')).toEqual([1013, 'ERR_BUSY', expect.stringContaining('1 cameras')]);
  one.socket.send('text');
  expect(await one.closed).toBe(1003);
  // Its place is free again.
  const next = await new Camera(server, 'task=classify').open();
  next.socket.send(cat);
  await next.until((answers) => answers.length === 1);
  // A frame over the limit.
  next.socket.send(Buffer.alloc(4 * 2 ** 20 + 1));
  expect(await next.closed).toBe(1009);
});

test('no more cameras than may be, however many come at once', async () => {
  const server = await start({ maxCameras: 2 });
  const cameras = Array.from({ length: 20 }, () => new Camera(server, 'task=classify&topK=1'));
  await Promise.all(cameras.map(({ socket }) => once(socket, 'open')));
  for (const { socket } of cameras) {
    socket.send(cat);
  }
  await Promise.all(cameras.map((camera) => camera.until((answers) => answers.length > 0)));
  expect(cameras.filter(({ answers: [first] }) => first?.result !== undefined)).toHaveLength(2);
  expect(cameras.filter(({ answers: [first] }) => first?.error?.code === 'ERR_BUSY')).toHaveLength(18);
});

test('pages of other origins and wrong hosts get no WebSocket', async () => {
  const server = await start();
  const wrong: Record<string, string>[] = [{ origin: 'http://evil.example' }, { host: 'evil.example' }];
  for (const headers of wrong) {
    await expect(new Camera(server, 'task=classify', { headers }).open()).rejects.toThrow('403');
  }
  await expect(new Camera(server, 'task=classify', { origin: server.url }).open()).resolves.toBeDefined();
});

test('a refused request for a WebSocket leaves no socket open', async () => {
  const { hostname, port } = new URL((await start()).url);
  const socket = connect(Number(port), hostname);
  // The client does not hang up by itself, as one that wants to use up the server's sockets would not.
  socket.setKeepAlive(true);
  socket.write(
    [
      'GET /v1/camera?task=classify HTTP/1.1',
      'Host: evil.example',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
      '\r\n',
    ].join('\r\n'),
  );
  socket.setEncoding('utf8');
  const [answer] = (await once(socket, 'data')) as [string];
  expect(answer).toMatch(/^HTTP\/1.1 403 /);
  await once(socket, 'close');
});

test('no other address takes WebSockets', async () => {
  const { url } = await start();
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/models`);
  const outcome = await new Promise((resolve) => socket.on('error', resolve).on('close', resolve));
  expect(outcome).toBeDefined();
  expect(await ask({ url } as RunningServer, '/v1/camera')).toEqual(refusal(400, 'ERR_BAD_REQUEST', 'WebSocket'));
});

test('stopping hangs up, also on those who do not answer', async () => {
  const server = await start({ stopTimeout: 0.3 });
  const polite = await new Camera(server, 'task=classify').open();
  const deaf = await new Camera(server, 'task=classify').open();
  deaf.socket.pause();
  await server.stop();
  expect(await polite.closed).toBe(1005);
  deaf.socket.resume();
  await deaf.closed;
});

test('a client that reads nothing costs no memory', async () => {
  const server = await start();
  const camera = await new Camera(server, 'task=classify').open();
  camera.socket.pause();
  const junk = Buffer.from('no picture');
  for (let round = 0; round < 200; round++) {
    for (let frame = 0; frame < 100; frame++) {
      camera.socket.send(junk);
      camera.socket.ping();
    }
    await sleep(1);
  }
  expect(await ask(server, '/healthz')).toMatchObject({ status: 200 });
  camera.socket.resume();
  camera.socket.send(cat);
  await camera.until((answers) => answers.some(({ result }) => result !== undefined));
  expect(accounted(camera.answers)).toBeLessThanOrEqual(20_001);
  camera.socket.terminate();
});
