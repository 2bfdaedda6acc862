import { join } from 'node:path';
import { listInputs } from '../../../lib/jobs/inputs/list-inputs';
import { inShard, parseShard } from '../../../lib/jobs/inputs/shard';
import { errorOf, matching, rejectionOf } from '../../error-of';
import { all, temporaryFolder, touch } from '../temporary-folder';

test.each(['1/1', '3/16', '65536/65536'])('%s is a shard', (text) => {
  const [index, count] = text.split('/').map(Number);
  expect(parseShard(text)).toEqual({ index, count });
});

test.each(['', '3', '0/4', '5/4', '1/0', '1/65537', '-1/4', '1.5/4', '1/4 ', ' 1/4', '1/4/2', '１/4', '1e1/20'])(
  '%p is none',
  (text) => {
    expect(errorOf(() => parseShard(text))).toMatch(matching('ERR_INVALID_OPTION', 'INDEX/COUNT', 'shard', `'${text}'`));
  },
);

/** Worked out with sha256sum: the first 12 hexadecimal digits, modulo the count, plus 1. They must never change. */
test.each([
  ['', 16, 13],
  ['photo.jpg', 2, 2],
  ['photo.jpg', 16, 16],
  ['2024/été.jpg', 16, 7],
  ['https://example.org/a.jpg', 1000, 744],
  ['😀.png', 65536, 4215],
  ['photo.jpg', 1, 1],
])('%p of %i is in shard %i for ever', (key, count, index) => {
  const shards = Array.from({ length: count }, (_, at) => at + 1).filter((at) => inShard(key, { index: at, count }));
  expect(shards).toEqual([index]);
});

test('a name is in one shard however its accents are encoded', () => {
  for (let index = 1; index <= 16; index++) {
    expect(inShard('e\u0301te\u0301.jpg', { index, count: 16 })).toBe(inShard('\u00e9t\u00e9.jpg', { index, count: 16 }));
  }
});

test('every picture is in exactly one shard, the same wherever the folder is seen, in the order of the whole', async () => {
  const here = temporaryFolder();
  const there = join(temporaryFolder(), 'mounted', 'elsewhere');
  const names = Array.from({ length: 200 }, (_, index) => `${index % 7}/photo-${index}.jpg`);
  touch(here, ...names);
  touch(there, ...names);
  const relative = async (inputs: string[], root: string, index?: number) =>
    (await all(listInputs(inputs, { shard: index ? { index, count: 5 } : undefined }))).map((listed) =>
      listed.kind === 'image' ? listed.name.slice(root.length + 1) : listed.path,
    );
  const whole = await relative([here], here);
  expect(whole).toHaveLength(200);
  const shards: string[][] = [];
  for (let index = 1; index <= 5; index++) {
    const shard = await relative([here], here, index);
    expect(shard).toEqual(whole.filter((name) => shard.includes(name)));
    expect(await relative([`${there}/`], there, index)).toEqual(shard);
    expect(await relative([`${there}/**/*.jpg`], there, index)).toEqual(shard);
    expect(shard.length).toBeGreaterThan(20);
    shards.push(shard);
  }
  expect(shards.flat().sort()).toEqual([...whole].sort());
});

test('archives are listed in every shard', async () => {
  const folder = temporaryFolder();
  touch(folder, 'a.tar');
  for (const index of [1, 2, 3]) {
    expect(await all(listInputs([join(folder, 'a.tar')], { shard: { index, count: 3 } }))).toHaveLength(1);
  }
});

test('a wrong shard is refused', async () => {
  expect(await rejectionOf(all(listInputs(['x'], { shard: { index: 5, count: 4 } })))).toMatch(
    matching('ERR_INVALID_OPTION', 'shard.index'),
  );
  expect(await rejectionOf(all(listInputs(['x'], { shard: { index: 1, count: 0 } })))).toMatch(
    matching('ERR_INVALID_OPTION', 'shard.count'),
  );
});
