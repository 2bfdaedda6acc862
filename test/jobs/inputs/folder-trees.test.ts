import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listInputs } from '../../../lib/jobs/inputs/list-inputs';
import { manifestReferences, writeManifest } from '../../../lib/jobs/inputs/manifest';
import { all, temporaryFolder } from '../temporary-folder';

/** Numbers from 0 to below 1, the same in every run (Mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const letters = [
  'a',
  'B',
  'b',
  '1',
  ' ',
  '-',
  '[',
  ']',
  '{',
  '}',
  '(',
  ')',
  '*',
  '?',
  '!',
  "'",
  '\n',
  'é',
  '\u{1f600}',
  '\uffee',
  '.',
];
const endings = ['.jpg', '.PNG', '.tiff', '.svg', '.txt', '.tar', '', '.jpg.gz'];

/**
 * Makes a tree of folders; returns its visible pictures in the order they are to be listed in, by a way of its own: recursion
 * over what was made.
 */
function makeTree(folder: string, random: () => number, depth: number): string[] {
  const pick = <T>(list: T[]) => list[Math.floor(random() * list.length)] as T;
  const entries = new Map<string, string[]>();
  for (let count = Math.floor(random() * 8); count > 0; count--) {
    const stem = Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(letters)).join('');
    const isFolder = depth > 0 && random() < 0.4;
    const name = isFolder ? stem : stem + pick(endings);
    if (entries.has(name) || name === '.' || name === '..') {
      continue;
    }
    const path = join(folder, name);
    let pictures: string[];
    if (isFolder) {
      mkdirSync(path);
      pictures = makeTree(path, random, depth - 1).map((inner) => `${name}/${inner}`);
    } else {
      writeFileSync(path, '');
      pictures = ['.jpg', '.PNG', '.tiff', '.svg'].some((ending) => name.endsWith(ending)) ? [name] : [];
    }
    entries.set(name, name.startsWith('.') ? [] : pictures);
  }
  return [...entries.keys()].sort().flatMap((name) => entries.get(name) as string[]);
}

const seeds = Array.from({ length: 40 }, (_, seed) => seed);

// File names that Windows, or a disk that ignores case, does not allow.
const anyNames = process.platform === 'linux' ? test : test.skip;

anyNames.each(seeds)(
  'tree %i: folder, glob and list agree; shards make the whole; the saved list gives it back',
  async (seed) => {
    const random = randomNumbers(seed);
    const root = join(temporaryFolder(), 'root [*] {a,b}');
    mkdirSync(root);
    writeFileSync(join(root, '0.jpg'), '');
    const relative = makeTree(root, random, 4);
    const expected = [...relative, '0.jpg'].sort(byNames).map((path) => join(root, path));

    const listed = await all(listInputs([root]));
    expect(listed).toEqual(expected.map((name) => ({ kind: 'image', name, root })));
    expect(await all(listInputs([`${root}/**/*.{jpg,PNG,tiff,svg}`]))).toEqual(listed);
    const list = (async function* () {
      yield `${expected.join('\0')}\0`;
    })();
    expect(await all(listInputs(['-'], { list, nullSeparated: true }))).toEqual(
      expected.map((name) => ({ kind: 'image', name })),
    );

    const count = 1 + Math.floor(random() * 5);
    const shards = await Promise.all(
      Array.from({ length: count }, (_, at) => all(listInputs([root], { shard: { index: at + 1, count } }))),
    );
    expect(
      listed.filter(
        (input) => shards.filter((shard) => shard.some((other) => JSON.stringify(other) === JSON.stringify(input))).length === 1,
      ),
    ).toEqual(listed);
    expect(shards.flat()).toHaveLength(listed.length);

    const manifest = join(temporaryFolder(), 'inputs.jsonl');
    await writeManifest(manifest, listInputs([root]));
    expect(await all(manifestReferences(manifest))).toEqual(expected.map((name) => ({ name, image: name, root })));
  },
);

/** The order of a walk: name by name. */
function byNames(left: string, right: string): number {
  const [a, b] = [left.split('/'), right.split('/')];
  const place = a.findIndex((name, at) => name !== b[at]);
  return (a[place] ?? '') < (b[place] ?? '') ? -1 : 1;
}
