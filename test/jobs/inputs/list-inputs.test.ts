import { mkdirSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseGlob } from '../../../lib/jobs/inputs/glob';
import { type ListInputsOptions, listInputs } from '../../../lib/jobs/inputs/list-inputs';
import { matching, rejectionOf } from '../../error-of';
import { all, temporaryFolder, touch } from '../temporary-folder';

let folder: string;
let here: string;

beforeEach(() => {
  here = process.cwd();
  folder = temporaryFolder();
  process.chdir(folder);
});

afterEach(() => process.chdir(here));

/** Names of pictures and paths of archives. */
async function names(inputs: string[], options?: ListInputsOptions): Promise<string[]> {
  return (await all(listInputs(inputs, options))).map((input) => (input.kind === 'image' ? input.name : input.path));
}

async function* stream(...pieces: (string | Uint8Array)[]) {
  yield* pieces;
}

describe('folders', () => {
  test('are walked depth first in the order of UTF-16 code units, by the endings of pictures', async () => {
    touch(
      folder,
      'photos/b.jpg',
      'photos/B.JPEG',
      'photos/a/z.png',
      'photos/a/.hidden.jpg',
      'photos/a.webp',
      'photos/é.gif',
      'photos/.git/x.jpg',
    );
    touch(
      folder,
      'photos/\u{1f600}.bmp',
      'photos/\uff41.avif',
      'photos/notes.txt',
      'photos/all.tar',
      'photos/jpg',
      'photos/._b.jpg',
      'photos/Z/q.svg',
    );
    expect(await all(listInputs(['photos']))).toEqual(
      ['B.JPEG', 'Z/q.svg', 'a/z.png', 'a.webp', 'b.jpg', 'é.gif', '\u{1f600}.bmp', '\uff41.avif'].map((name) => ({
        kind: 'image',
        name: join('photos', name),
        root: 'photos',
      })),
    );
  });

  test('keep the way the user named them', async () => {
    touch(folder, 'photos/a.jpg');
    expect(await all(listInputs([`${folder}/photos/`, './photos', '.']))).toEqual([
      { kind: 'image', name: join(folder, 'photos/a.jpg'), root: `${folder}/photos/` },
      { kind: 'image', name: join('photos/a.jpg'), root: './photos' },
      { kind: 'image', name: join('photos/a.jpg'), root: '.' },
    ]);
  });

  test('a hidden folder that is named is walked', async () => {
    touch(folder, '.photos/a.jpg');
    expect(await names(['.photos'])).toEqual([join('.photos/a.jpg')]);
  });

  test('a file whose name reads like a URL stays a path', async () => {
    touch(folder, 'data:a.jpg');
    expect(await names(['.'])).toEqual(['./data:a.jpg']);
  });

  test('links are followed, those back to a folder above are not, those to nowhere keep their pictures', async () => {
    touch(folder, 'photos/a/b/c.jpg', 'elsewhere/d.jpg');
    symlinkSync('..', join(folder, 'photos/a/loop'));
    symlinkSync('../../../photos', join(folder, 'photos/a/b/top'));
    symlinkSync('../elsewhere', join(folder, 'photos/linked'));
    symlinkSync('../elsewhere/d.jpg', join(folder, 'photos/e.jpg'));
    symlinkSync('../elsewhere/d.jpg', join(folder, 'photos/f'));
    symlinkSync('gone', join(folder, 'photos/g.jpg'));
    symlinkSync('gone', join(folder, 'photos/h'));
    symlinkSync('i.jpg', join(folder, 'photos/i.jpg'));
    expect(await names(['photos'])).toEqual(
      ['photos/a/b/c.jpg', 'photos/e.jpg', 'photos/g.jpg', 'photos/i.jpg', 'photos/linked/d.jpg'].map((name) => join(name)),
    );
  });

  test('without pictures are an error', async () => {
    touch(folder, 'photos/notes.txt', 'photos/x.tar');
    mkdirSync('empty');
    expect(await rejectionOf(names(['photos']))).toMatch(matching('ERR_INPUT_NOT_FOUND', "'photos'", 'archives in folders'));
    expect(await rejectionOf(names(['empty']))).toMatch(matching('ERR_INPUT_NOT_FOUND', "'empty'"));
  });

  test('that vanish while they are listed are an error: the list would not be whole', async () => {
    touch(folder, 'photos/a.jpg', 'photos/b/c.jpg', 'photos/d.jpg');
    const list = listInputs(['photos']);
    expect((await list.next()).value).toMatchObject({ name: join('photos/a.jpg') });
    renameSync('photos/b', 'b');
    expect(await rejectionOf(list.next())).toMatch(matching('ERR_INPUT_NOT_FOUND', join('photos/b')));
  });

  test('of thousands of files come in order', async () => {
    const expected = Array.from({ length: 5000 }, (_, index) => `${(index * 7919) % 5000}.jpg`);
    touch(join(folder, 'photos'), ...expected);
    expect(await names(['photos'])).toEqual(expected.sort().map((name) => join('photos', name)));
  });
});

describe('globs', () => {
  beforeEach(() =>
    touch(folder, 'p/a.jpg', 'p/b.png', 'p/c.txt', 'p/x/a.jpg', 'p/x/y/a.jpg', 'p/.h/a.jpg', 'p/x/.d.jpg', 'p/w.tar', 'q/a.jpg'),
  );

  test.each([
    ['p/*.jpg', ['p/a.jpg']],
    ['p/*', ['p/a.jpg', 'p/b.png', 'p/c.txt', 'p/w.tar']],
    ['p/**/*.jpg', ['p/a.jpg', 'p/x/a.jpg', 'p/x/y/a.jpg']],
    ['p/**', ['p/a.jpg', 'p/b.png', 'p/c.txt', 'p/w.tar', 'p/x/a.jpg', 'p/x/y/a.jpg']],
    ['**/y/*.jpg', ['p/x/y/a.jpg']],
    ['{p,q}/*.{jpg,png}', ['p/a.jpg', 'p/b.png', 'q/a.jpg']],
    ['p/{x/y,.}/?.jpg', ['p/x/y/a.jpg']],
    ['p/[ab].*', ['p/a.jpg', 'p/b.png']],
    ['*/?/a.jpg', ['p/x/a.jpg']],
    ['p/@(a|c).*', ['p/a.jpg', 'p/c.txt']],
    ['p/!(a).jpg', undefined],
    ['p/.h/*', ['p/.h/a.jpg']],
    ['*/.h/*', ['p/.h/a.jpg']],
    ['p/x/.*', ['p/x/.d.jpg']],
    ['p/*.gif', undefined],
    ['z/*.jpg', undefined],
    ['p/a.jpg/*', undefined],
  ])('%s', async (glob, expected) => {
    if (expected) {
      expect(await names([glob])).toEqual(expected.map((name) => join(name)));
    } else {
      expect(await rejectionOf(names([glob]))).toMatch(matching('ERR_INPUT_NOT_FOUND', `'${glob}'`));
    }
  });

  test('have the folder their wildcards begin in as root', async () => {
    expect(await all(listInputs(['p/x/**/a.jpg', '?/x/a.jpg', `${folder}/p/*.png`]))).toEqual([
      { kind: 'image', name: join('p/x/a.jpg'), root: 'p/x' },
      { kind: 'image', name: join('p/x/y/a.jpg'), root: 'p/x' },
      { kind: 'image', name: join('p/x/a.jpg'), root: '.' },
      { kind: 'image', name: join(folder, 'p/b.png'), root: `${folder}/p` },
    ]);
  });

  test('names that exist are meant as they are written', async () => {
    touch(folder, '[ab].jpg', 'a.jpg', 'old [1] (x)/{a}*.jpg', 'old [1] (x)/{a}.jpg', 'old [1] (x)/a.jpg');
    expect(await names(['[ab].jpg', 'old [1] (x)/{a}*.jpg'])).toEqual(['[ab].jpg', join('old [1] (x)/{a}*.jpg')]);
    expect(await names(['old [1] (x)/?.jpg', '[a].jpg'])).toEqual([join('old [1] (x)/a.jpg'), 'a.jpg']);
  });

  test('backslashes take wildcards their meaning, parentheses after a letter have none', async () => {
    touch(folder, 'n/a[1].jpg', 'n/a1.jpg', 'n/b (1) x.jpg', 'n/b 1 y.jpg');
    expect(await names(['n/a\\[1\\]*', 'n/b (1)*', 'n/?(a)1.jpg'])).toEqual(['n/a[1].jpg', 'n/b (1) x.jpg', 'n/a1.jpg']);
  });

  test('do not look into folders where nothing can match', async () => {
    const names = ['p/x*/*.jpg', 'p/?/**/z/*', 'p/{x/y,z}/*', 'p/*'];
    const [folders, anyDepth, braces, flat] = await Promise.all(names.map(parseGlob));
    expect(['x', 'xy', 'a', 'x/y', 'b/x'].filter((path) => folders?.entered(path))).toEqual(['x', 'xy']);
    expect(['x/q/r', 'x', 'xx', 'xx/q'].filter((path) => anyDepth?.entered(path))).toEqual(['x/q/r', 'x']);
    expect(['x', 'x/y', 'z'].filter((path) => braces?.entered(path))).toEqual(['x', 'x/y', 'z']);
    expect(flat?.entered('x')).toBe(false);
  });
});

describe('single inputs', () => {
  test('URLs, files and archives, in their order and as often as they are named', async () => {
    touch(folder, 'a.jpg', 'noending');
    writeFileSync('X.TAR', Buffer.alloc(1024));
    utimesSync('X.TAR', 1_700_000_000.5, 1_700_000_000.5);
    expect(
      await all(
        listInputs(['X.TAR', 'noending', 'https://example.org/*.jpg', 'a.jpg', 'data:,x', 'file:///a.tar', 'a.jpg', '.']),
      ),
    ).toEqual([
      { kind: 'archive', path: 'X.TAR', size: 1024, modified: 1_700_000_000_500 },
      { kind: 'image', name: 'noending' },
      { kind: 'image', name: 'https://example.org/*.jpg' },
      { kind: 'image', name: 'a.jpg' },
      { kind: 'image', name: 'data:,x' },
      { kind: 'image', name: 'file:///a.tar' },
      { kind: 'image', name: 'a.jpg' },
      { kind: 'image', name: 'a.jpg', root: '.' },
    ]);
  });

  test('that do not exist or cannot be read are named', async () => {
    touch(folder, 'a.jpg', 'b.tar.gz', 'c.ZIP');
    expect(await rejectionOf(names(['a.jpg', 'gone.jpg']))).toMatch(matching('ERR_INPUT_NOT_FOUND', "'gone.jpg'"));
    expect(await rejectionOf(names(['a.jpg/b.jpg']))).toMatch(matching('ERR_INPUT_NOT_FOUND', "'a.jpg/b.jpg'"));
    expect(await rejectionOf(names(['b.tar.gz']))).toMatch(
      matching('ERR_INVALID_OPTION', '.tar and is not compressed', 'b.tar.gz'),
    );
    expect(await rejectionOf(names(['*.ZIP']))).toMatch(matching('ERR_INVALID_OPTION', '.tar and is not compressed', 'c.ZIP'));
    expect(await rejectionOf(names(['a\0.jpg']))).toMatch(matching('ERR_INVALID_OPTION', 'an input'));
    expect(await rejectionOf(names(['x'.repeat(65_537)]))).toMatch(matching('ERR_INVALID_OPTION', '65536 bytes'));
    expect(await rejectionOf(names([]))).toMatch(matching('ERR_INVALID_OPTION', 'at least one'));
  });
});

describe('standard input', () => {
  test('is split at line breaks wherever its pieces end, bytes of one character included', async () => {
    const text = Buffer.from('\ufeffé.jpg\r\n\n  b.jpg\n\u{1f600}/*.jpg\n\r\nhttps://example.org/x\nlast.tar');
    for (const size of [1, 2, 3, 5, 1000]) {
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, at) => text.subarray(at * size, (at + 1) * size));
      expect(await names(['-'], { list: stream(...pieces) })).toEqual([
        'é.jpg',
        '  b.jpg',
        '\u{1f600}/*.jpg',
        'https://example.org/x',
        'last.tar',
      ]);
    }
  });

  test('with NULs keeps line breaks in names', async () => {
    expect(await names(['-'], { list: stream('a\nb.jpg\0', '\0c\r\0d'), nullSeparated: true })).toEqual(['a\nb.jpg', 'c\r', 'd']);
  });

  test('stands where it is named, once', async () => {
    touch(folder, 'a.jpg', 'b.jpg');
    expect(await names(['a.jpg', '-', 'b.jpg'], { list: stream('x\n') })).toEqual(['a.jpg', 'x', 'b.jpg']);
    expect(await rejectionOf(names(['-', '-'], { list: stream('x') }))).toMatch(matching('ERR_INVALID_OPTION', '2 times'));
    expect(await rejectionOf(names(['-']))).toMatch(matching('ERR_INVALID_OPTION', 'list'));
    expect(await rejectionOf(names(['-'], { list: stream('\n') }))).toMatch(matching('ERR_INPUT_NOT_FOUND', 'standard input'));
  });

  test('lines of more than 64 KiB are refused before they are whole', async () => {
    const list = (async function* () {
      yield 'a\n';
      for (;;) {
        yield Buffer.alloc(10_000, 'x');
      }
    })();
    expect(await rejectionOf(names(['-'], { list }))).toMatch(matching('ERR_INVALID_OPTION', 'line 2', '65536'));
    expect(await names(['-'], { list: stream('x'.repeat(65_536)) })).toHaveLength(1);
    expect(await rejectionOf(names(['-'], { list: stream(`${'x'.repeat(65_537)}\n`) }))).toMatch(
      matching('ERR_INVALID_OPTION', 'line 1'),
    );
  });

  test('an abort does not wait for a line that never comes, and closes the list', async () => {
    const controller = new AbortController();
    let closed = false;
    const list: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => setImmediate(() => controller.abort(new Error('stopped')))),
        return: async () => {
          closed = true;
          return { done: true, value: undefined };
        },
      }),
    };
    await expect(names(['-'], { list, signal: controller.signal })).rejects.toThrow('stopped');
    expect(closed).toBe(true);
  });
});

test('an abort ends the listing of a folder with its reason', async () => {
  touch(folder, 'photos/a.jpg', 'photos/b.jpg');
  const controller = new AbortController();
  const list = listInputs(['photos'], { signal: controller.signal });
  await list.next();
  controller.abort(new Error('stopped'));
  await expect(list.next()).rejects.toThrow('stopped');
});
