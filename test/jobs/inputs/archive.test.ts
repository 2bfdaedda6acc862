import { createWriteStream, mkdirSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { create, Header } from 'tar';
import { type ArchiveOptions, readArchive } from '../../../lib/jobs/inputs/archive';
import { collect, temporaryFolder } from '../temporary-folder';

const folder = temporaryFolder();
const path = () => join(folder(), 'photos.tar');

/** Writes a tar file of these members with the library that others use as well. */
async function writeTar(members: Record<string, string | Buffer>): Promise<void> {
  const root = join(folder(), 'members');
  for (const [name, content] of Object.entries(members)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  await create({ file: path(), cwd: root }, Object.keys(members));
}

async function read(options?: ArchiveOptions) {
  const { size, mtimeMs } = await stat(path());
  return readArchive({ kind: 'archive', path: path(), size, modified: Math.floor(mtimeMs) }, options);
}

const asText = (image: unknown) => Buffer.from(image as Uint8Array).toString();

/** A member's header and its padded content, as in POSIX's ustar. */
function member(name: string, content: Buffer, type: 'File' | 'SymbolicLink' | 'Directory' = 'File'): Buffer {
  const block = Buffer.alloc(512 + Math.ceil(content.length / 512) * 512);
  new Header({
    path: name,
    mode: 0o644,
    size: content.length,
    type,
    linkpath: type === 'SymbolicLink' ? 'b' : '',
    mtime: new Date(0),
  }).encode(block);
  content.copy(block, 512);
  return block;
}
const end = Buffer.alloc(1024);

test('the pictures of an archive, in its order, with its name before theirs', async () => {
  const long = `${'folder/'.repeat(30)}${'n'.repeat(120)}.png`;
  await writeTar({ 'b.jpg': 'b', 'notes.txt': 'no', 'sub/a.PNG': 'a', '._b.jpg': 'no', [long]: 'long', 'empty.gif': '' });
  const references = await collect(await read());
  expect(references.map(({ name, image }) => [name, asText(image)])).toEqual([
    [`${path()}/b.jpg`, 'b'],
    [`${path()}/sub/a.PNG`, 'a'],
    [`${path()}/${long}`, 'long'],
    [`${path()}/empty.gif`, ''],
  ]);
});

test('links, folders and names that lead elsewhere are only names', async () => {
  const members = [
    member('link.jpg', Buffer.alloc(0), 'SymbolicLink'),
    member('folder.jpg/', Buffer.alloc(0), 'Directory'),
    member('../../outside.jpg', Buffer.from('x')),
  ];
  writeFileSync(path(), Buffer.concat([...members, end]));
  const references = await collect(await read());
  expect(references.map(({ name }) => name)).toEqual([`${path()}/../../outside.jpg`]);
});

test('pictures at the beginning can be left out; shards divide the members', async () => {
  const names = Array.from({ length: 40 }, (_, i) => `${i}.jpg`);
  await writeTar(Object.fromEntries(names.map((name) => [name, name])));
  let skipped = 0;
  const rest = await collect(await read({ skip: 37, onSkip: () => skipped++ }));
  expect(rest.map(({ image }) => asText(image))).toEqual(names.slice(37));
  expect(skipped).toBe(37);
  const parts = await Promise.all([1, 2, 3].map(async (index) => collect(await read({ shard: { index, count: 3 } }))));
  expect(
    parts
      .flat()
      .map(({ image }) => asText(image))
      .sort(),
  ).toEqual([...names].sort());
  expect(parts.every((part) => part.length > 0)).toBe(true);
});

test('an archive cut short anywhere is damaged, after the pictures that are whole', async () => {
  const whole = Buffer.concat([member('a.jpg', Buffer.alloc(700, 1)), member('b.jpg', Buffer.alloc(700, 2)), end]);
  for (const length of [100, 512, 900, 1536, 1600, 2500, whole.length - 1024]) {
    writeFileSync(path(), whole);
    truncateSync(path(), length);
    const names: string[] = [];
    const reading = (async () => {
      for await (const { name, image } of await read()) {
        names.push(name);
        expect(image as Uint8Array).toHaveLength(700);
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'ERR_ARCHIVE_CORRUPT' });
    expect(names.length).toBe(length >= whole.length - 1024 ? 2 : length >= 1536 ? 1 : 0);
  }
});

test('what is no archive, or has a broken header, is damaged', async () => {
  writeFileSync(path(), readFileSync(join(__dirname, '../../../photos/rocket.jpg')));
  await expect(collect(await read())).rejects.toMatchObject({ code: 'ERR_ARCHIVE_CORRUPT' });
  const whole = Buffer.concat([member('a.jpg', Buffer.from('a')), member('b.jpg', Buffer.from('b')), end]);
  whole[1024 + 3] = 0xff;
  writeFileSync(path(), whole);
  await expect(collect(await read())).rejects.toMatchObject({ code: 'ERR_ARCHIVE_CORRUPT' });
});

test('one that is gone, or another than was listed, is lost', async () => {
  await writeTar({ 'a.jpg': 'a' });
  const { size, mtimeMs } = await stat(path());
  const listed = { kind: 'archive' as const, path: path(), size, modified: Math.floor(mtimeMs) };
  utimesSync(path(), new Date(0), new Date(0));
  await expect(collect(readArchive(listed))).rejects.toMatchObject({
    code: 'ERR_INPUT_LOST',
    message: expect.stringContaining('changed'),
  });
  rmSync(path());
  await expect(collect(readArchive(listed))).rejects.toMatchObject({
    code: 'ERR_INPUT_LOST',
    message: expect.stringContaining('gone'),
  });
});

test('leaving in the middle, and an abort, close the file', async () => {
  await writeTar(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`${i}.jpg`, Buffer.alloc(100_000)])));
  for await (const { name } of await read()) {
    expect(name).toBe(`${path()}/0.jpg`);
    break;
  }
  const stopping = new AbortController();
  const reading = (async () => {
    for await (const _ of await read({ signal: stopping.signal })) {
      stopping.abort(new Error('enough'));
    }
  })();
  await expect(reading).rejects.toThrow('enough');
});

test('an archive far larger than memory should be is read member by member', async () => {
  const count = 400;
  const picture = Buffer.alloc(2 ** 19, 7);
  const stream = createWriteStream(path());
  for (let i = 0; i < count; i++) {
    if (!stream.write(member(`${i}.jpg`, picture))) {
      await new Promise((resolve) => stream.once('drain', () => resolve(undefined)));
    }
  }
  await new Promise<void>((resolve) => stream.end(end, resolve));
  const held = () => process.memoryUsage().arrayBuffers;
  const before = held();
  let largest = 0;
  let pictures = 0;
  for await (const { image } of await read()) {
    pictures += (image as Uint8Array).length === picture.length ? 1 : 0;
    // A slow consumer: the reading must wait for it.
    await new Promise((resolve) => setImmediate(resolve));
    largest = Math.max(largest, held() - before);
  }
  expect(pictures).toBe(count);
  // Of 200 MiB; what has been read stays until the garbage collector has come by.
  expect(largest).toBeLessThan(120 * 2 ** 20);
});
