import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CAT_PHOTO } from '../../../lib/cat-photo';
import { PictureReader } from '../../../lib/jobs/pictures/picture-reader';

let folder: string;
let photos: string;
beforeEach(() => {
  folder = mkdtempSync(join(os.tmpdir(), 'mobilenet-reader-'));
  photos = join(folder, 'photos');
  mkdirSync(photos);
  copyFileSync(CAT_PHOTO, join(photos, 'cat.png'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const never = new AbortController().signal;
const reader = new PictureReader();
const file = (name: string, root?: string) => ({ name, image: join(photos, name), root });

async function serve<T>(listener: RequestListener, work: (address: string) => Promise<T>): Promise<T> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('pictures keep the name they have in rows, wherever they come from', async () => {
  const read = await reader.read(file('cat.png'), never);
  expect(read.image).toMatchObject({ name: 'cat.png', bytes: expect.any(Uint8Array) });
  const { bytes } = read.image as { bytes: Uint8Array };
  const byUrl = await reader.read({ name: 'by URL', image: pathToFileURL(join(photos, 'cat.png')) }, never);
  expect(byUrl.image).toEqual({ name: 'by URL', bytes });
  expect((await reader.read({ name: 'in memory', image: bytes }, never)).image).toEqual({ name: 'in memory', bytes });
  const pixels = { data: new Uint8Array(4), width: 1, height: 1 };
  expect((await reader.read({ name: 'pixels', image: pixels }, never)).image).toBe(pixels);
  read.release();
  byUrl.release();
});

test('a missing picture is missing, one whose folder is gone is out of reach', async () => {
  await (await reader.read(file('cat.png', photos), never)).release();
  await expect(reader.read(file('dog.png', photos), never)).rejects.toMatchObject({ code: 'ERR_IMAGE_NOT_FOUND' });
  renameSync(photos, join(folder, 'away'));
  await expect(reader.read(file('cat.png', photos), never)).rejects.toMatchObject({ code: 'ERR_INPUT_LOST' });
  await expect(reader.read(file('cat.png'), never)).rejects.toMatchObject({ code: 'ERR_INPUT_LOST' });
  renameSync(join(folder, 'away'), photos);
  (await reader.read(file('cat.png', photos), never)).release();
});

test('a download is tried again when the failure may pass, and only then', async () => {
  const answers = [503, 429, 200];
  const asked: number[] = [];
  await serve(
    (_, response) => {
      const status = answers[asked.length] ?? 500;
      asked.push(status);
      response.writeHead(status).end('picture');
    },
    async (address) => {
      const { image } = await reader.read({ name: 'remote', image: `${address}/cat.png` }, never);
      expect(Buffer.from((image as { bytes: Uint8Array }).bytes).toString()).toBe('picture');
      expect(asked).toEqual([503, 429, 200]);
    },
  );
  let requests = 0;
  await serve(
    (_, response) => {
      requests++;
      response.writeHead(404).end();
    },
    async (address) => {
      const failure = reader.read({ name: 'remote', image: `${address}/cat.png` }, never);
      await expect(failure).rejects.toMatchObject({ code: 'ERR_DOWNLOAD', message: expect.stringContaining('404') });
      expect(requests).toBe(1);
    },
  );
});

test('an abort ends the waiting between two tries', async () => {
  const stopping = new AbortController();
  await serve(
    (_, response) => {
      response.writeHead(503).end();
      setTimeout(() => stopping.abort(new Error('enough')), 50);
    },
    async (address) => {
      await expect(reader.read({ name: 'remote', image: address }, stopping.signal)).rejects.toThrow('enough');
    },
  );
});

test('memory is held until it is given back: a picture waits for the others', async () => {
  const crowded = new PictureReader();
  const large = new Uint8Array(2 ** 27);
  const first = await crowded.read({ name: 'large', image: large }, never);
  let second = false;
  const waiting = crowded.read({ name: 'small', image: new Uint8Array(1) }, never).then((read) => {
    second = true;
    return read;
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(second).toBe(false);
  first.release();
  (await waiting).release();
});
