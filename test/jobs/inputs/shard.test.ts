import { renameSync } from 'node:fs';
import { join, relative } from 'node:path';
import { listInputs } from '../../../lib/jobs/inputs/list-inputs';
import { checkShard, inShard, parseShard } from '../../../lib/jobs/inputs/shard';
import { errorOf, matching } from '../../error-of';
import { collect, temporaryFolder, touch } from '../temporary-folder';

const folder = temporaryFolder();
const names = Array.from({ length: 400 }, (_, index) => `photo-${index}.jpg`);

test('every picture is in exactly one part, and the parts are alike in size', () => {
  for (const count of [1, 2, 7, 16]) {
    const sizes = Array.from({ length: count }, (_, i) => names.filter((name) => inShard(name, { index: i + 1, count })).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(names.length);
    expect(Math.min(...sizes)).toBeGreaterThan((names.length / count) * 0.5);
  }
});

test('the part of a name never changes: machines of different versions share a job', () => {
  const partOf = (name: string) =>
    Array.from({ length: 16 }, (_, i) => i + 1).filter((index) => inShard(name, { index, count: 16 }));
  // SHA-256 as `sha256sum` computes it: its first six bytes as a number, modulo 16.
  expect(partOf('a.jpg')).toEqual([Number.parseInt('509b0d4641a7'.slice(-1), 16) + 1]);
  expect(partOf('sub/b.jpg')).toEqual([Number.parseInt('4e014193f18d'.slice(-1), 16) + 1]);
  expect(partOf('ä.jpg')).toEqual([Number.parseInt('9c2bdc0fb8bc'.slice(-1), 16) + 1]);
});

test('it does not matter where a folder is', async () => {
  touch(folder(), ...names.slice(0, 50).map((name) => `here/${name}`));
  const list = async (root: string) => {
    const listed = await collect(listInputs([root], { shard: { index: 2, count: 5 } }));
    return listed.map((each) => relative(root, each.kind === 'image' ? each.name : each.path));
  };
  const here = await list(join(folder(), 'here'));
  expect(here.length).toBeGreaterThan(2);
  renameSync(join(folder(), 'here'), join(folder(), 'there'));
  expect(await list(join(folder(), 'there'))).toEqual(here);
  const byGlob = await collect(listInputs([join(folder(), 'there', '*.jpg')], { shard: { index: 2, count: 5 } }));
  expect(byGlob).toHaveLength(here.length);
});

test('how a part is written', () => {
  expect(parseShard('3/16')).toEqual({ index: 3, count: 16 });
  expect(checkShard({ index: 1, count: 1 })).toEqual({ index: 1, count: 1 });
  for (const wrong of ['', '3', '0/16', '17/16', '1/65537', '1/0', '-1/2', '1/2/3', '1.5/2', ' 1/2']) {
    expect(errorOf(() => parseShard(wrong))).toMatch(matching('ERR_INVALID_OPTION', 'a part such as 3/16'));
  }
  expect(errorOf(() => checkShard({ index: 1.5, count: 2 }))).toMatch(matching('ERR_INVALID_OPTION', 'shard'));
  expect(errorOf(() => checkShard(3))).toMatch(matching('ERR_INVALID_OPTION', 'but received 3'));
});
