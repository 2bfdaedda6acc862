import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { FolderWatch } from '../../../lib/jobs/pictures/folder-watch';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(os.tmpdir(), 'mobilenet-watch-'));
  mkdirSync(join(folder, 'photos', 'sub'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const gone = (name: string) => ({ code: 'ERR_INPUT_LOST', message: expect.stringContaining(`${name}' is gone`) });

test('a picture missing from a folder that is there is only missing', async () => {
  const watch = new FolderWatch();
  const root = join(folder, 'photos');
  await watch.enter(root);
  await watch.check(join(root, 'a.jpg'), root);
  await watch.check(join(root, 'sub', 'a.jpg'), root);
});

test('the named folder, or the one in it that the picture was listed in, is gone', async () => {
  const watch = new FolderWatch();
  const root = join(folder, 'photos');
  await watch.enter(root);
  renameSync(join(root, 'sub'), join(folder, 'away'));
  await expect(watch.check(join(root, 'sub', 'a.jpg'), root)).rejects.toMatchObject(gone('sub'));
  renameSync(join(folder, 'away'), join(root, 'sub'));
  await watch.check(join(root, 'sub', 'a.jpg'), root);
  renameSync(root, join(folder, 'away'));
  await expect(watch.check(join(root, 'sub', 'a.jpg'), root)).rejects.toMatchObject(gone('photos'));
  await expect(watch.check(join(root, 'a.jpg'), root)).rejects.toMatchObject(gone('photos'));
});

test('an empty folder where the share was mounted is not the share', async () => {
  const watch = new FolderWatch();
  const root = join(folder, 'photos');
  await watch.enter(root);
  renameSync(root, join(folder, 'away'));
  mkdirSync(root);
  await expect(watch.check(join(root, 'a.jpg'), root)).rejects.toMatchObject(gone('photos'));
});

test('a folder that is gone from the beginning can be entered when it is back', async () => {
  const watch = new FolderWatch();
  const root = join(folder, 'photos');
  renameSync(root, join(folder, 'away'));
  await expect(watch.enter(root)).rejects.toMatchObject(gone('photos'));
  renameSync(join(folder, 'away'), root);
  await watch.enter(root);
});

test('of pictures named one by one, only folders that others were read from can be gone', async () => {
  const watch = new FolderWatch();
  await watch.check(join(folder, 'never', 'a.jpg'), undefined);
  watch.wasRead(join(folder, 'photos', 'a.jpg'));
  await watch.check(join(folder, 'photos', 'b.jpg'), undefined);
  renameSync(join(folder, 'photos'), join(folder, 'away'));
  await expect(watch.check(join(folder, 'photos', 'b.jpg'), undefined)).rejects.toMatchObject(gone('photos'));
});
