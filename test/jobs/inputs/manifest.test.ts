import { createHash } from 'node:crypto';
import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ListedInput } from '../../../lib/jobs/inputs/listed-input';
import {
  type ManifestReferencesOptions,
  manifestReferences,
  readManifestSummary,
  writeManifest,
} from '../../../lib/jobs/inputs/manifest';
import { manifestDifference } from '../../../lib/jobs/inputs/manifest-difference';
import { inShard } from '../../../lib/jobs/inputs/shard';
import { matching, rejectionOf } from '../../error-of';
import { all, temporaryFolder } from '../temporary-folder';
import { endMark, member } from './tar-writer';

let folder: string;
let path: string;

beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, 'inputs.jsonl');
});

const image = (name: string, root?: string): ListedInput => ({ kind: 'image', name, root });

async function* stream(inputs: ListedInput[]) {
  yield* inputs;
}

function archive(name: string, members: string[]): ListedInput & { kind: 'archive' } {
  const bytes = Buffer.concat([...members.map((text) => member(`${text}.jpg`, text)), endMark]);
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return { kind: 'archive', path: file, size: bytes.length, modified: modified(file) };
}

const modified = (file: string) => Math.floor(statSync(file).mtimeMs);

async function names(options?: ManifestReferencesOptions): Promise<string[]> {
  return (await all(manifestReferences(path, options))).map(({ name }) => name);
}

const awkward = [
  'a.jpg',
  'line\nbreak.jpg',
  '"quoted"\\.jpg',
  '\u{1f600}/é.png',
  'lone \ud800.gif',
  'https://example.org/a?b=c',
  '\u0000',
  ' ',
];

test('a list is read back as it was written', async () => {
  const list = [...awkward.map((name) => image(name)), ...awkward.map((name) => image(`root/${name}`, 'root'))];
  const summary = await writeManifest(path, stream(list));
  expect(summary).toEqual({ inputs: list.length, archives: 0, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(await readManifestSummary(path)).toEqual(summary);
  expect(await all(manifestReferences(path))).toEqual(
    list.map(
      (input) => input.kind === 'image' && { name: input.name, image: input.name, ...(input.root && { root: input.root }) },
    ),
  );
});

test('the hash covers every byte before it, and depends on nothing but the list', async () => {
  const { sha256 } = await writeManifest(path, stream([image('a.jpg', 'p'), image('b.jpg')]));
  const text = '{"image":"a.jpg","root":"p"}\n{"image":"b.jpg"}\n{"inputs":2,"archives":0,"sha256":"';
  expect(sha256).toBe(createHash('sha256').update(text).digest('hex'));
  expect(readFileSync(path, 'utf8')).toBe(`${text}${sha256}"}\n`);
});

test('an empty list is a whole one', async () => {
  const summary = await writeManifest(path, stream([]));
  expect(await readManifestSummary(path)).toEqual(summary);
  expect(await names()).toEqual([]);
});

test('a list over an older, longer one leaves nothing of it', async () => {
  await writeManifest(path, stream(Array.from({ length: 100 }, (_, index) => image(`${index}.jpg`))));
  await writeManifest(path, stream([image('a.jpg')]));
  expect(await names()).toEqual(['a.jpg']);
});

test('a list of many pieces, longest names included', async () => {
  const list = Array.from({ length: 20_000 }, (_, index) => image(`photos/${index}.jpg`, 'photos'));
  list.splice(10_000, 0, image('\u0001'.repeat(65_536)));
  const summary = await writeManifest(path, stream(list));
  expect(await readManifestSummary(path)).toEqual(summary);
  expect(await names()).toEqual(list.map((input) => (input.kind === 'image' ? input.name : '')));
});

describe('archives', () => {
  let list: ListedInput[];
  let expected: string[];

  beforeEach(async () => {
    const [a, b, none] = [archive('a.tar', ['1', '2', '3']), archive('b.tar', ['4', '5']), archive('none.tar', [])];
    list = [image('x.jpg'), a, none, image('y.jpg'), b];
    expected = [
      'x.jpg',
      ...['1', '2', '3'].map((name) => `${a.path}/${name}.jpg`),
      'y.jpg',
      `${b.path}/4.jpg`,
      `${b.path}/5.jpg`,
    ];
    expect(await writeManifest(path, stream(list))).toMatchObject({ inputs: 5, archives: 3 });
  });

  test('are opened when their turn comes', async () => {
    expect(await names()).toEqual(expected);
    const [, first] = await all(manifestReferences(path));
    expect(Buffer.from(first?.image as Uint8Array).toString()).toBe('1');
  });

  test('any number of pictures can be skipped', async () => {
    for (let skip = 0; skip <= expected.length + 1; skip++) {
      expect(await names({ skip })).toEqual(expected.slice(skip));
    }
    expect(await rejectionOf(names({ skip: -1 }))).toMatch(matching('ERR_INVALID_OPTION', 'skip'));
  });

  test('their members are shared out like pictures, skipping counts those of the shard', async () => {
    const shards: string[][] = [];
    for (const index of [1, 2, 3]) {
      const shard = await names({ shard: { index, count: 3 } });
      expect(await names({ shard: { index, count: 3 }, skip: 1 })).toEqual(shard.slice(1));
      shards.push(shard);
    }
    expect(shards.flat().sort()).toEqual([...expected].sort());
  });

  test('that are gone or changed stop it where they stand', async () => {
    const changed = list[4] as ListedInput & { kind: 'archive' };
    writeFileSync(changed.path, Buffer.concat([member('9.jpg', '9'), endMark]));
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { name } of manifestReferences(path)) {
        seen.push(name);
      }
    })();
    expect(await rejectionOf(reading)).toMatch(matching('ERR_INPUT_LOST', changed.path));
    expect(seen).toEqual(expected.slice(0, 5));
    rmSync(changed.path);
    expect(await rejectionOf(names())).toMatch(matching('ERR_INPUT_LOST', changed.path));
  });
});

test('pictures in folders are shared out by their paths relative to them, as when they are listed', async () => {
  const list = Array.from({ length: 50 }, (_, index) => `${index}/a.jpg`);
  await writeManifest(path, stream(list.map((name) => image(join('..', 'mounted', name), '../mounted/'))));
  for (const index of [1, 2]) {
    const expected = list.filter((name) => inShard(name, { index, count: 2 })).map((name) => join('..', 'mounted', name));
    expect(await names({ shard: { index, count: 2 } })).toEqual(expected);
  }
});

describe('damage', () => {
  test('a list cut short anywhere is not taken for a whole one', async () => {
    await writeManifest(path, stream([image('a.jpg'), image('b.jpg')]));
    const whole = readFileSync(path);
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(path, whole);
      truncateSync(path, length);
      expect(await readManifestSummary(path)).toBeUndefined();
      expect(await rejectionOf(names())).toMatch(matching('ERR_JOB_CORRUPT', path));
    }
    rmSync(path);
    expect(await readManifestSummary(path)).toBeUndefined();
    expect(await rejectionOf(names())).toMatch(matching('ERR_JOB_CORRUPT', path, 'missing'));
  });

  test('a changed byte anywhere is found', async () => {
    await writeManifest(path, stream([image('a.jpg'), { kind: 'archive', path: 'b.tar', size: 1, modified: 2 }]));
    const whole = readFileSync(path);
    for (let place = 0; place < whole.length; place++) {
      const bytes = Buffer.from(whole);
      bytes[place] = (bytes[place] as number) ^ 1;
      writeFileSync(path, bytes);
      expect(await readManifestSummary(path)).toBeUndefined();
    }
  });

  test('a name that was changed in place is found when the list was read', async () => {
    await writeManifest(path, stream([image('a.jpg'), image('b.jpg')]));
    writeFileSync(path, readFileSync(path, 'utf8').replace('b.jpg', 'c.jpg'));
    const references = manifestReferences(path);
    expect((await references.next()).value?.name).toBe('a.jpg');
    expect(await rejectionOf(all(references))).toMatch(matching('ERR_JOB_CORRUPT', 'not those that were written'));
  });

  /** The lines with a hash that is right. */
  function forge(lines: string, inputs: number): void {
    const text = `${lines}{"inputs":${inputs},"archives":0,"sha256":"`;
    writeFileSync(path, `${text}${createHash('sha256').update(text).digest('hex')}"}\n`);
  }

  test.each([
    ['no JSON', 'nonsense'],
    ['null', 'null'],
    ['no name', '{"image":""}'],
    ['a number', '{"image":5}'],
    ['an unknown field', '{"image":"b.jpg","extra":1}'],
    ['a key twice', '{"image":"a.jpg","image":"b.jpg"}'],
    ['both kinds', '{"image":"a.jpg","archive":"b.tar","size":1,"modified":1}'],
    ['a negative size', '{"archive":"b.tar","size":-1,"modified":1}'],
    ['a fraction', '{"archive":"b.tar","size":1,"modified":1.5}'],
    ['an empty line', ''],
  ])('a line with %s is named', async (_, line) => {
    forge(`{"image":"a.jpg"}\n${line}\n`, 2);
    expect(await rejectionOf(names())).toMatch(matching('ERR_JOB_CORRUPT', path, 'line 2'));
  });

  test('more and fewer lines than were counted', async () => {
    forge('{"image":"a.jpg"}\n{"image":"b.jpg"}\n', 1);
    expect(await rejectionOf(names())).toMatch(matching('ERR_JOB_CORRUPT', 'expected 1 inputs but found more'));
    forge('{"image":"a.jpg"}\n', 2);
    expect(await rejectionOf(names())).toMatch(matching('ERR_JOB_CORRUPT', 'line 2'));
    forge(`{"image":"${'x'.repeat(2 ** 20)}"}\n`, 1);
    expect(await rejectionOf(names())).toMatch(matching('ERR_JOB_CORRUPT', 'line 1', '1048576'));
  });
});

test('what cannot be written is an ERR_WRITE, what cannot be listed its own error', async () => {
  expect(await rejectionOf(writeManifest(join(folder, 'none', 'x'), stream([])))).toMatch(matching('ERR_WRITE', 'none'));
  const failing = (async function* (): AsyncGenerator<ListedInput> {
    yield image('a.jpg');
    throw new Error('cannot list');
  })();
  await expect(writeManifest(path, failing)).rejects.toThrow('cannot list');
  expect(await readManifestSummary(path)).toBeUndefined();
});

test('an abort ends the reading with its reason', async () => {
  await writeManifest(path, stream([image('a.jpg'), image('b.jpg')]));
  const signal = AbortSignal.abort(new Error('stopped'));
  await expect(names({ signal })).rejects.toThrow('stopped');
  await expect(readManifestSummary(path, signal)).rejects.toThrow('stopped');
});

describe('differences', () => {
  const saved = [
    image('p/a.jpg', 'p'),
    image('p/b.jpg', 'p'),
    { kind: 'archive', path: 'x.tar', size: 100, modified: 0 },
  ] satisfies ListedInput[];
  const [a, b, x] = saved as [ListedInput, ListedInput, ListedInput & { kind: 'archive' }];

  test.each<[string, ListedInput[], string | undefined]>([
    ['none', [a, b, x], undefined],
    ['another name', [a, image('p/c.jpg', 'p'), x], "input 2 was 'p/b.jpg' and is now 'p/c.jpg'"],
    ['one more at the end', [a, b, x, image('new.jpg')], "the list had 3 inputs and now has 4: 'new.jpg' is new"],
    ['one less at the end', [a, b], "the list had 3 inputs and now has 2: 'x.tar' is gone"],
    [
      'one more within',
      [image('0.jpg'), a, b, x],
      "input 1 was 'p/a.jpg' and is now '0.jpg' (the list had 3 inputs and now has 4)",
    ],
    [
      'another folder',
      [image('p/a.jpg', '.'), b, x],
      "input 1, 'p/a.jpg', was found in the folder 'p' and is now found in the folder '.'",
    ],
    ['no folder', [image('p/a.jpg'), b, x], "input 1, 'p/a.jpg', was found in the folder 'p' and is now named itself"],
    ['another size', [a, b, { ...x, size: 120 }], "input 3, 'x.tar', had 100 bytes and now has 120"],
    [
      'another time',
      [a, b, { ...x, modified: 1000 }],
      "input 3, 'x.tar', was last written at 1970-01-01T00:00:00.000Z and now at 1970-01-01T00:00:01.000Z",
    ],
    ['another kind', [a, b, image('x.tar')], "input 3, 'x.tar', was an archive and is now a picture"],
  ])('%s', async (_, current, expected) => {
    const other = join(folder, 'current.jsonl');
    await writeManifest(path, stream(saved));
    await writeManifest(other, stream(current));
    expect(await manifestDifference(path, other)).toBe(expected);
  });

  test('cannot be told of a list that is not whole', async () => {
    await writeManifest(path, stream(saved));
    expect(await rejectionOf(manifestDifference(path, join(folder, 'none')))).toMatch(matching('ERR_JOB_CORRUPT', 'none'));
  });
});
