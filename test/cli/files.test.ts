import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { uniqueNames } from '../../lib/cli/file-names';
import { MobileNetError } from '../../lib/errors';
import { prepareFolder, writeWhole } from '../../lib/write-file';
import { matching, rejectionOf } from '../error-of';

const folder = mkdtempSync(join(os.tmpdir(), 'mobilenet-files-'));
const never = new AbortController().signal;

afterAll(() => rmSync(folder, { recursive: true }));

describe('names of files made of images', () => {
  test.each<[string, string]>([
    ['photos/cat.jpg', 'cat'],
    ['cat.tar.gz', 'cat.tar'],
    ['./photos/', 'photos'],
    ['.hidden.png', 'hidden'],
    ['..', 'image'],
    ['', 'image'],
    ['a\nb\x1b[2J\u2028c:d*e?.png', 'a_b_[2J_c_d_e_'],
    ['back\\slash.png', process.platform === 'win32' ? 'slash' : 'back_slash'],
    ['Übergröße 猫 🐈.jpeg', 'Übergröße 猫 🐈'],
    ['https://user:secret@example.org/a/cat.jpg?size=2#top', 'cat'],
    ['https://example.org/a/', 'a'],
    ['https://example.org', 'example.org'],
    ['https://example.org/a%2F..%2Fb%00.png', 'b_'],
    ['https://example.org/%E7%8C%AB.png', '猫'],
    ['https://example.org/100%.png', '100%'],
    ['https://example.org:port/', 'example'],
    ['file:///photos/cat.jpg', 'cat'],
    ['data:image/png;base64,iVBORw0K', 'image'],
  ])('%j gives %j', (image, name) => {
    expect(uniqueNames([image])).toEqual([name]);
  });

  test('are short enough for file systems, whole characters only', () => {
    const [cats] = uniqueNames([`${'猫'.repeat(300)}.png`]) as [string];
    expect(cats).toBe('猫'.repeat(66));
    expect(uniqueNames([`${'🐈'.repeat(300)}.png`])).toEqual(['🐈'.repeat(50)]);
  });

  test('differ, in the order of the images', () => {
    expect(uniqueNames(['a/cat.jpg', 'b/cat.png', 'dog.jpg', 'c/cat.jpg'])).toEqual(['cat', 'cat-2', 'dog', 'cat-3']);
    expect(uniqueNames(['cat.jpg', 'cat-2.jpg', 'b/cat.jpg', 'c/cat-2.jpg'])).toEqual(['cat', 'cat-2', 'cat-3', 'cat-2-2']);
    expect(uniqueNames(['a/cat-2.jpg', 'a/cat.jpg', 'b/cat.jpg'])).toEqual(['cat-2', 'cat', 'cat-3']);
    expect(uniqueNames(['Cat.jpg', 'cat.jpg', 'caf\u00e9.jpg', 'cafe\u0301.jpg'])).toEqual([
      'Cat',
      'cat-2',
      'caf\u00e9',
      'cafe\u0301-2',
    ]);
    expect(new Set(uniqueNames(Array(20_000).fill('cat.jpg'))).size).toBe(20_000);
  });
});

describe('folders', () => {
  test('are made with those above them, and may be there', async () => {
    const deep = join(folder, 'a', 'b');
    await prepareFolder(deep, '--draw');
    await prepareFolder(deep, '--draw');
    expect(statSync(deep).isDirectory()).toBe(true);
  });

  test('cannot be files', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    for (const path of [file, join(file, 'below')]) {
      expect(await rejectionOf(prepareFolder(path, '--mask'))).toMatch(matching('ERR_INVALID_OPTION', '--mask', 'a file'));
    }
    expect(await rejectionOf(prepareFolder('', '--mask'))).toMatch(matching('ERR_INVALID_OPTION', "for --mask but received ''"));
  });
});

describe('writing', () => {
  test('makes a file, or replaces it', async () => {
    const path = join(folder, 'numbers.bin');
    for (const bytes of [Uint8Array.of(1, 2, 3), Uint8Array.of(4)]) {
      await writeWhole(path, bytes, never);
      expect(new Uint8Array(readFileSync(path))).toEqual(bytes);
    }
  });

  test('leaves nothing behind when it fails or is aborted', async () => {
    const here = join(folder, 'failures');
    const taken = join(here, 'taken.png');
    mkdirSync(taken, { recursive: true });
    const failure = await writeWhole(taken, Uint8Array.of(1), never).catch((error) => error);
    expect(failure).toBeInstanceOf(MobileNetError);
    expect(failure).toMatchObject({ code: 'ERR_WRITE', message: expect.stringMatching(/^cannot write '.*': .*directory$/) });
    const missing = await writeWhole(join(here, 'none', 'x.png'), Uint8Array.of(1), never).catch((error) => error);
    expect(missing.message).toMatch(/no such file or directory$/);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(writeWhole(join(here, 'x.png'), Uint8Array.of(1), signal)).rejects.toBe(signal.reason);
    expect(readdirSync(here)).toEqual(['taken.png']);
  });
});
