import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { maxPhotoBytes, maxPhotos } from '../../../examples/electron/src/limits';
import { namedFiles, readPhotos, sortFiles } from '../../../examples/electron/src/main/opened-files';
import { unpackedPath } from '../../../examples/electron/src/utility/unpacked-path';

const folder = mkdtempSync(path.join(os.tmpdir(), 'mobilenet-electron-files-'));

afterAll(() => rmSync(folder, { recursive: true }));

test('files of a command line', () => {
  const given = ['--inspect', 'a.png', '/b/c.jpg', '-v', 'file:///d/e%20f.webp', '', '../g.safetensors'];
  expect(namedFiles(given, '/home/user')).toEqual(['/home/user/a.png', '/b/c.jpg', '/d/e f.webp', '/home/g.safetensors']);
});

test('an address that is none of this machine is taken for a name', () => {
  expect(namedFiles(['https://example.com/a.png'], '/home')).toEqual(['/home/https:/example.com/a.png']);
  expect(namedFiles(['file://elsewhere/a.png'], '/home')).toEqual(['/home/file:/elsewhere/a.png']);
});

test('models and photos', () => {
  expect(sortFiles(['/a.safetensors', '/b.png', '/C.SAFETENSORS', '/d'])).toEqual({
    models: ['/a.safetensors', '/C.SAFETENSORS'],
    photos: ['/b.png', '/d'],
  });
});

test('not more photos than there may be', async () => {
  const file = path.join(folder, 'a.PNG');
  writeFileSync(file, 'png');
  const { photos, refused } = await readPhotos(Array.from({ length: maxPhotos + 1 }, () => file));
  expect(photos).toHaveLength(maxPhotos);
  expect(photos[0]).toEqual({ name: 'a.PNG', type: 'image/png', bytes: new Uint8Array(Buffer.from('png')) });
  expect(photos[0]?.bytes.buffer.byteLength).toBe(3);
  expect(refused).toEqual([`a.PNG: at most ${maxPhotos} photos can be opened at once`]);
});

test('not more bytes than there may be', async () => {
  const files = ['1', '2', '3', '4', '5'].map((name) => path.join(folder, `${name}.jpg`));
  for (const file of files) {
    writeFileSync(file, new Uint8Array(maxPhotoBytes));
  }
  const { photos, refused } = await readPhotos(files);
  expect(photos.map(({ name }) => name)).toEqual(['1.jpg', '2.jpg', '3.jpg', '4.jpg']);
  expect(refused).toEqual(['5.jpg: at most 256 MiB can be opened at once']);
});

test('a folder is no photo, whatever its name', async () => {
  const { refused } = await readPhotos([mkdtempSync(path.join(folder, 'holidays-')), folder.concat('/none.gif')]);
  expect(refused).toEqual([expect.stringMatching(/^holidays-.*: expected one of avif, /), expect.stringMatching(/ENOENT/)]);
});

test.each([
  ['/opt/App/resources/app.asar/node_modules/m.safetensors', '/opt/App/resources/app.asar.unpacked/node_modules/m.safetensors'],
  ['C:\\App\\resources\\app.asar\\m', 'C:\\App\\resources\\app.asar.unpacked\\m'],
  ['/opt/App/resources/app.asar.unpacked/m', '/opt/App/resources/app.asar.unpacked/m'],
  ['/home/app.asary/m', '/home/app.asary/m'],
  ['/home/node_modules/mobilenet-metal/models/m', '/home/node_modules/mobilenet-metal/models/m'],
])('%s lies at %s', (packed, unpacked) => {
  expect(unpackedPath(packed)).toBe(unpacked);
});
