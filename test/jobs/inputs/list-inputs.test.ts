import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ListOptions, listInputs } from '../../../lib/jobs/inputs/list-inputs';
import { collect, temporaryFolder, touch } from '../temporary-folder';

const folder = temporaryFolder();

/** What the inputs stand for, without the temporary folder before the names. */
async function list(inputs: string[], options?: ListOptions): Promise<string[]> {
  const listed = await collect(listInputs(inputs, options));
  return listed.map((each) => (each.kind === 'image' ? each.name : each.path).replace(`${folder()}/`, ''));
}

const at = (...names: string[]) => names.map((name) => join(folder(), name));

async function* chunks(...parts: (string | Buffer)[]) {
  yield* parts;
}

describe('folders', () => {
  test('their pictures come folder by folder, sorted by code units, whatever the endings are like', async () => {
    touch(folder(), 'b.JPG', 'a/z.png', 'a/B.tiff', 'B.jpeg', 'a.webp', 'c/d/e.avif', 'notes.txt', 'x.tar', 'ä.gif', 'c.bmp');
    expect(await list([folder()])).toEqual(['B.jpeg', 'a/B.tiff', 'a/z.png', 'a.webp', 'b.JPG', 'c/d/e.avif', 'c.bmp', 'ä.gif']);
  });

  test('each picture knows the folder it was found in', async () => {
    touch(folder(), 'p/sub/a.jpg');
    const [listed] = await collect(listInputs([`${folder()}/p/`]));
    expect(listed).toEqual({ kind: 'image', name: join(folder(), 'p/sub/a.jpg'), root: `${folder()}/p/` });
  });

  test('hidden files and folders are left out', async () => {
    touch(folder(), '.hidden/a.jpg', '._a.jpg', 'a.jpg', '.b.jpg');
    expect(await list([folder()])).toEqual(['a.jpg']);
  });

  test('links are followed, those that go round or nowhere are not', async () => {
    touch(folder(), 'real/a.jpg', 'photos/b.jpg');
    symlinkSync(join(folder(), 'real'), join(folder(), 'photos', 'linked'));
    symlinkSync(join(folder(), 'photos'), join(folder(), 'photos', 'round'));
    symlinkSync(join(folder(), 'nowhere'), join(folder(), 'photos', 'broken.jpg'));
    symlinkSync(join(folder(), 'real', 'a.jpg'), join(folder(), 'photos', 'c.jpg'));
    expect(await list(at('photos'))).toEqual(['photos/b.jpg', 'photos/c.jpg', 'photos/linked/a.jpg']);
  });

  test('one without pictures, and one that cannot be read, is an error', async () => {
    mkdirSync(join(folder(), 'empty'));
    await expect(list(at('empty'))).rejects.toMatchObject({
      code: 'ERR_INPUT_NOT_FOUND',
      message: expect.stringContaining('no picture'),
    });
    touch(folder(), 'locked/a.jpg', 'a.jpg');
    chmodSync(join(folder(), 'locked'), 0);
    if (process.getuid?.() !== 0) {
      await expect(list([folder()])).rejects.toMatchObject({ code: 'ERR_INPUT_NOT_FOUND' });
    }
    chmodSync(join(folder(), 'locked'), 0o755);
  });
});

describe('files and addresses', () => {
  test('are taken as they are, in their order, twice where they are named twice', async () => {
    touch(folder(), 'b.jpg', 'a.txt');
    const inputs = [...at('b.jpg', 'a.txt', 'b.jpg'), 'https://example.org/a.jpg', 'data:image/png;base64,AA=='];
    expect(await list(inputs)).toEqual(['b.jpg', 'a.txt', 'b.jpg', ...inputs.slice(3)]);
  });

  test('an archive comes with what tells it from another', async () => {
    writeFileSync(join(folder(), 'a.tar'), 'abc');
    const [archive] = await collect(listInputs(at('a.tar')));
    expect(archive).toEqual({ kind: 'archive', path: join(folder(), 'a.tar'), size: 3, modified: expect.any(Number) });
    touch(folder(), 'a.tar.gz');
    await expect(list(at('a.tar.gz'))).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' });
  });

  test('what is not there is an error that names it', async () => {
    await expect(list(at('missing.jpg'))).rejects.toMatchObject({
      code: 'ERR_INPUT_NOT_FOUND',
      message: expect.stringContaining('missing.jpg'),
    });
    await expect(list([''])).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' });
  });
});

describe('globs', () => {
  test.each([
    ['*.jpg', ['a.jpg', 'b.jpg']],
    ['**/*.jpg', ['a.jpg', 'b.jpg', 'sub/c.jpg', 'sub/deep/d.jpg']],
    ['{a,b}.*', ['a.jpg', 'b.jpg', 'b.png']],
    ['sub/**', ['sub/c.jpg', 'sub/deep/d.jpg', 'sub/notes.txt']],
    ['[ac].jpg', ['a.jpg']],
    ['*/deep/?.jpg', ['sub/deep/d.jpg']],
  ])('%s', async (glob, expected) => {
    touch(folder(), 'a.jpg', 'b.jpg', 'b.png', 'sub/c.jpg', 'sub/deep/d.jpg', 'sub/notes.txt', '.hidden.jpg');
    expect(await list(at(glob))).toEqual(expected);
  });

  test('a file of that very name is a file', async () => {
    touch(folder(), 'a[1].jpg', 'a1.jpg');
    expect(await list(at('a[1].jpg'))).toEqual(['a[1].jpg']);
  });

  test('archives that match are opened, and a glob that matches nothing is an error', async () => {
    touch(folder(), 'one.tar', 'two.tar');
    expect((await collect(listInputs(at('*.tar')))).map(({ kind }) => kind)).toEqual(['archive', 'archive']);
    await expect(list(at('*.jpg'))).rejects.toMatchObject({ code: 'ERR_INPUT_NOT_FOUND' });
    await expect(list(at('nowhere/*.jpg'))).rejects.toMatchObject({ code: 'ERR_INPUT_NOT_FOUND' });
  });
});

describe('a list on standard input', () => {
  test('each line is an image, wherever the chunks are cut', async () => {
    const text = Buffer.from('ä.jpg\r\n\nhttps://example.org/ü.jpg\n*.jpg\n日本.png');
    const expected = ['ä.jpg', 'https://example.org/ü.jpg', '*.jpg', '日本.png'];
    for (let cut = 0; cut <= text.length; cut++) {
      expect(await list(['-'], { list: chunks(text.subarray(0, cut), text.subarray(cut)) })).toEqual(expected);
    }
  });

  test('names that end with null bytes may hold line breaks', async () => {
    const options = { list: chunks('a\nb.jpg\0c\r\0'), nullSeparated: true };
    expect(await list(['-'], options)).toEqual(['a\nb.jpg', 'c\r']);
  });

  test('stands where it is named, once, and holds no books', async () => {
    touch(folder(), 'a.jpg');
    expect(await list([...at('a.jpg'), '-', ...at('a.jpg')], { list: chunks('b.jpg') })).toEqual(['a.jpg', 'b.jpg', 'a.jpg']);
    await expect(list(['-', '-'], { list: chunks('b.jpg') })).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' });
    await expect(list(['-'])).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' });
    const book = chunks('x'.repeat(65_000), 'x'.repeat(65_000));
    await expect(list(['-'], { list: book })).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' });
  });
});

test('an abort ends the listing', async () => {
  touch(folder(), 'a.jpg', 'b/c.jpg');
  const stopping = new AbortController();
  const listing = listInputs([folder()], { signal: stopping.signal });
  await listing.next();
  stopping.abort(new Error('enough'));
  await expect(listing.next()).rejects.toThrow('enough');
});
