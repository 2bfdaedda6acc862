import {
  closeSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { create } from 'tar';
import { archivePictures, type ReadArchiveOptions, readArchive } from '../../../lib/jobs/inputs/read-archive';
import { inShard } from '../../../lib/jobs/inputs/shard';
import { errorOf, matching, rejectionOf } from '../../error-of';
import { all, temporaryFolder, touch } from '../temporary-folder';
import { endMark, header, member, paxMember } from './tar-writer';

let folder: string;
let path: string;

beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, 'a.tar');
});

function write(...parts: Uint8Array[]): string {
  writeFileSync(path, Buffer.concat(parts));
  return path;
}

/** Member names and their bytes as text. */
async function read(options?: ReadArchiveOptions): Promise<[string, string][]> {
  const pictures = await all(readArchive(path, options));
  return pictures.map(({ name, image }) => [name.slice(path.length + 1), Buffer.from(image as Uint8Array).toString()]);
}

/** Whether this process has the archive open; undefined where the system does not tell. */
function isOpen(): boolean | undefined {
  try {
    return readdirSync('/proc/self/fd').some((descriptor) => {
      try {
        return readlinkSync(`/proc/self/fd/${descriptor}`) === path;
      } catch {
        return false;
      }
    });
  } catch {
    return undefined;
  }
}

test('pictures come in the order of the archive, what is none is passed over', async () => {
  write(
    member('photos/', '', '5'),
    member('photos/b.jpg', 'bytes of b'),
    member('photos/notes.txt', 'x'.repeat(100_000)),
    member('./a.PNG', 'y'.repeat(70_000)),
    member('photos/._b.jpg', 'AppleDouble'),
    member('.cache/c.jpg', 'hidden'),
    member('photos/link.jpg', '', '2'),
    member('photos/hard.jpg', '', '1'),
    member('photos/empty.jpg'),
    member('../out.gif', 'up'),
    member('/etc/root.webp', 'absolute'),
    member('line\nbreak\u001b[2J.jpg', 'control'),
    member('photos/b.jpg', 'again'),
    member('old.jpg', 'old', '\0'),
    endMark,
    member('behind.jpg', 'the end'),
  );
  expect(await read()).toEqual([
    ['photos/b.jpg', 'bytes of b'],
    ['./a.PNG', 'y'.repeat(70_000)],
    ['photos/empty.jpg', ''],
    ['../out.gif', 'up'],
    ['/etc/root.webp', 'absolute'],
    ['line\nbreak\u001b[2J.jpg', 'control'],
    ['photos/b.jpg', 'again'],
    ['old.jpg', 'old'],
  ]);
});

test('long names are whole, whatever the place of their headers', async () => {
  const long = `${'é'.repeat(400)}/${'ü'.repeat(300)}.jpg`;
  const parts: Buffer[] = [];
  const names: string[] = [];
  for (let index = 0; index < 200; index++) {
    // Headers of names and members end up at every block of what is read at once.
    parts.push(member(`fill-${index}.txt`, 'x'.repeat((index % 5) * 512)));
    parts.push(paxMember({ path: `${index}/${long}`, comment: 'none' }, `pax ${index}`));
    parts.push(member('././@LongLink', `${index}-${long}\0`, 'L'), member('short', `gnu ${index}`));
    names.push(`${index}/${long}`, `${index}-${long}`);
  }
  write(...parts, endMark);
  const pictures = await read();
  expect(pictures.map(([name]) => name)).toEqual(names);
  expect(pictures.map(([, text]) => text).slice(-2)).toEqual(['pax 199', 'gnu 199']);
});

test('extended headers: names with line breaks, sizes, global ones, headers between a name and its member', async () => {
  write(
    member('PaxHeader', '20 path=global.jpg__\n', 'g'),
    paxMember({ path: 'a\nb=c.jpg' }, 'break'),
    paxMember({ size: '4' }, 'four', 'size.jpg'),
    member('PaxHeader', '17 path=kept.jpg\n', 'x'),
    member('././@LongLink', 'target\0', 'K'),
    member('short.jpg', 'kept'),
    member('plain.jpg', 'plain'),
    endMark,
  );
  expect(await read()).toEqual([
    ['a\nb=c.jpg', 'break'],
    ['size.jpg', 'four'],
    ['kept.jpg', 'kept'],
    ['plain.jpg', 'plain'],
  ]);
});

test('archives another program has made are read', async () => {
  const deep = `${'deep/'.repeat(30)}${'n'.repeat(120)}.jpg`;
  touch(folder, 'in/b.jpg', `in/${deep}`, 'in/été.png');
  writeFileSync(join(folder, 'in', deep), 'deep bytes');
  await create({ file: path, cwd: folder }, ['in']);
  expect(new Map(await read())).toEqual(
    new Map([
      ['in/b.jpg', ''],
      [`in/${deep}`, 'deep bytes'],
      ['in/été.png', ''],
    ]),
  );
});

test('members are shared out by their paths, and those of other shards are not read', async () => {
  const names = Array.from({ length: 60 }, (_, index) => `${index}.jpg`);
  write(...names.map((name) => member(name, name)), endMark);
  const shards = await Promise.all([1, 2, 3].map((index) => read({ shard: { index, count: 3 } })));
  shards.forEach((shard, at) => {
    expect(shard).toEqual(names.filter((name) => inShard(name, { index: at + 1, count: 3 })).map((name) => [name, name]));
  });
  expect(shards.flat()).toHaveLength(60);
});

test('a member of more than 1 GiB is a failure of its own, the others are read', async () => {
  // A file with a hole: nothing of a gigabyte is written.
  const size = 2 ** 30 + 1;
  const padded = 2 ** 30 + 512;
  const file = openSync(path, 'w');
  writeSync(file, header('big.jpg', size));
  ftruncateSync(file, 512 + padded);
  writeSync(file, Buffer.concat([member('small.jpg', 'small'), endMark]), 0, null, 512 + padded);
  closeSync(file);
  const [big, small] = await all(readArchive(path));
  expect(big).toMatchObject({ name: `${path}/big.jpg`, image: new Uint8Array(0) });
  expect(
    errorOf(() => {
      throw big?.failure;
    }),
  ).toMatch(matching('ERR_IMAGE_TOO_LARGE', 'big.jpg', '1024 MiB'));
  expect(small).toEqual({ name: `${path}/small.jpg`, image: Buffer.from('small') });
});

test('a member stored without its holes is a failure of its own', async () => {
  write(paxMember({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', path: 'holes.jpg' }, 'map'), member('b.jpg', 'b'), endMark);
  const [holes, whole] = await all(readArchive(path));
  expect(holes?.failure?.code).toBe('ERR_IMAGE_DECODE');
  expect(whole?.failure).toBeUndefined();
});

describe('damage', () => {
  const whole = Buffer.concat([member('a.jpg', 'a'.repeat(1000)), member('b.jpg', 'b'), endMark]);

  test('an archive that is cut short anywhere is told from a whole one', async () => {
    for (const length of [0, 1, 511, 512, 900, 1536, 1537, 2048, 2049, 2560, 2560 + 511]) {
      write(whole.subarray(0, length));
      expect(await rejectionOf(read())).toMatch(matching('ERR_ARCHIVE_CORRUPT', `'${path}'`));
    }
    // Only the second block of the end mark is missing: some writers leave it out.
    write(whole.subarray(0, 2560 + 512));
    expect(await read()).toHaveLength(2);
  });

  test('members before the damage are handed out, none behind it', async () => {
    const bytes = Buffer.from(whole);
    bytes[1536 + 3] = 0x21;
    write(bytes);
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { name } of readArchive(path)) {
        seen.push(name);
      }
    })();
    expect(await rejectionOf(reading)).toMatch(matching('ERR_ARCHIVE_CORRUPT', 'byte 1536'));
    expect(seen).toEqual([`${path}/a.jpg`]);
  });

  test.each([
    ['compressed', gzipSync(whole, { level: 0 }), 'compressed'],
    ['no archive', Buffer.alloc(5000, 'x'), 'no tar archive'],
    ['a block of zeros in the middle', Buffer.concat([member('a.jpg'), Buffer.alloc(512), member('b.jpg'), endMark]), 'zeros'],
    ['a size beyond the end', Buffer.concat([header('a.jpg', 2 ** 30), endMark]), 'cut short'],
    ['a size beyond all numbers', Buffer.concat([paxMember({ size: '9'.repeat(16) }, ''), endMark]), 'no size'],
    ['a malformed size', Buffer.concat([paxMember({ size: '-4' }, ''), endMark]), 'malformed'],
    ['a malformed extended header', Buffer.concat([member('p', '99 path=x\n', 'x'), member('a.jpg'), endMark]), 'malformed'],
    [
      'an extended header without a length',
      Buffer.concat([member('p', '0 path=x\n', 'x'), member('a.jpg'), endMark]),
      'malformed',
    ],
    [
      'a huge extended header',
      Buffer.concat([member('p', Buffer.alloc(2 ** 20 + 1, 'x'), 'L'), member('a.jpg'), endMark]),
      '1048576',
    ],
    ['members without holes, as GNU tar once stored them', Buffer.concat([member('a.jpg', 'x', 'S'), endMark]), '--sparse'],
  ])('%s', async (_, bytes, text) => {
    write(bytes);
    expect(await rejectionOf(read())).toMatch(matching('ERR_ARCHIVE_CORRUPT', text));
    expect(isOpen()).not.toBe(true);
  });
});

describe('archives that change', () => {
  const bytes = Buffer.concat([member('a.jpg', 'a'.repeat(200_000)), member('b.jpg', 'b'.repeat(200_000)), endMark]);

  test('gone, replaced or written to since they were listed', async () => {
    write(bytes);
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    const expected = { size: bytes.length, modified: 1_700_000_000_000 };
    expect(await read({ expected })).toHaveLength(2);
    expect(await rejectionOf(read({ expected: { ...expected, size: 5 } }))).toMatch(matching('ERR_INPUT_LOST', 'has changed'));
    utimesSync(path, 1_700_000_001, 1_700_000_001);
    expect(await rejectionOf(read({ expected }))).toMatch(matching('ERR_INPUT_LOST', 'has changed'));
    rmSync(path);
    expect(await rejectionOf(read({ expected }))).toMatch(matching('ERR_INPUT_LOST', `'${path}'`, 'no such file'));
    touch(path, 'a.jpg');
    expect(await rejectionOf(read())).toMatch(matching('ERR_INPUT_LOST', 'no longer a file'));
  });

  test('cut short while they are read', async () => {
    write(bytes);
    const pictures = readArchive(path);
    await pictures.next();
    truncateSync(path, 300_000);
    expect(await rejectionOf(pictures.next())).toMatch(matching('ERR_INPUT_LOST', 'changed while it was read'));
  });

  test('moved away while they are read do not matter', async () => {
    write(bytes);
    const pictures = readArchive(path);
    await pictures.next();
    renameSync(path, `${path}.moved`);
    expect((await all(pictures)).map(({ name }) => name)).toEqual([`${path}/b.jpg`]);
  });
});

test('the file is closed when the iteration is left or aborted', async () => {
  write(member('a.jpg', 'a'), member('b.jpg', 'b'), endMark);
  for await (const _ of readArchive(path)) {
    expect(isOpen()).not.toBe(false);
    break;
  }
  expect(isOpen()).not.toBe(true);
  const controller = new AbortController();
  const pictures = readArchive(path, { signal: controller.signal });
  await pictures.next();
  controller.abort(new Error('stopped'));
  await expect(pictures.next()).rejects.toThrow('stopped');
  expect(isOpen()).not.toBe(true);
});

test('a large archive is read no further than its pictures are taken', async () => {
  const count = 100;
  const mebibyte = 2 ** 20;
  const file = openSync(path, 'w');
  const body = Buffer.alloc(mebibyte, 'x');
  for (let index = 0; index < count; index++) {
    writeSync(file, member(`${index}.jpg`, body));
  }
  writeSync(file, endMark);
  closeSync(file);
  expect(statSync(path).size).toBeGreaterThan(count * mebibyte);
  const pictures = readArchive(path);
  let read = 0;
  let peak = 0;
  const start = memory();
  for await (const { image } of pictures) {
    read += (image as Uint8Array).length;
    peak = Math.max(peak, memory() - start);
    // Whoever waits between pictures must not find that more were read meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(read).toBe(count * mebibyte);
  expect(peak).toBeLessThan(50 * mebibyte);

  const skipped = memory();
  const names = await all(archivePictures(path));
  expect(names).toHaveLength(count);
  // Headers and what the collector has not come by yet: of a hundred that were not read.
  expect(memory() - skipped).toBeLessThan(30 * mebibyte);
});

function memory(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
