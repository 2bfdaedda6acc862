import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create } from 'tar';
import { listInputs } from '../../../lib/jobs/inputs/list-inputs';
import type { ListedInput } from '../../../lib/jobs/inputs/listed-input';
import { manifestDifference, manifestReferences, readManifest, writeManifest } from '../../../lib/jobs/inputs/manifest';
import { collect, temporaryFolder, touch } from '../temporary-folder';

const folder = temporaryFolder();
const place = (name = 'inputs.jsonl') => join(folder(), name);
const image = (name: string): ListedInput => ({ kind: 'image', name });
const archive = (path: string, size = 1): ListedInput => ({ kind: 'archive', path, size, modified: 5 });

async function* from(inputs: readonly ListedInput[]) {
  yield* inputs;
}
const save = (inputs: readonly ListedInput[], name?: string) => writeManifest(place(name), from(inputs));

test('a list comes back as it was, names with any characters in them too', async () => {
  const names = ['a.jpg', 'line\nbreak.jpg', 'para\u2029graph\u2028.jpg', '"quotes".png', '日本.png', ' '];
  const inputs = [...names.map(image), { kind: 'image' as const, name: 'p/a.jpg', root: 'p' }, archive('b.tar')];
  expect(await save(inputs)).toEqual({ inputs: 8, archives: 1, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(await collect(readManifest(place()))).toEqual(inputs);
});

test('a long list is written in blocks and read in pieces', async () => {
  const inputs = Array.from({ length: 20_000 }, (_, i) => image(`folder/with/a/rather/long/name/${i}.jpg`));
  expect(await save(inputs)).toMatchObject({ inputs: 20_000 });
  expect(await collect(readManifest(place()))).toEqual(inputs);
});

test('one that is cut short anywhere, or changed, is not taken for whole', async () => {
  await save([image('a.jpg'), image('b.jpg')]);
  const whole = readFileSync(place());
  for (let length = 0; length < whole.length - 1; length++) {
    writeFileSync(place(), whole.subarray(0, length));
    await expect(collect(readManifest(place()))).rejects.toMatchObject({ code: 'ERR_JOB_CORRUPT' });
  }
  for (const line of ['{}', '{"kind":"image"}', '{"kind":"archive","path":"a","size":-1,"modified":0}', '7', 'null', '']) {
    writeFileSync(place(), `${line}\n${whole}`);
    await expect(collect(readManifest(place()))).rejects.toMatchObject({
      code: 'ERR_JOB_CORRUPT',
      message: expect.stringContaining('line 1'),
    });
  }
});

test('its pictures come with those of archives in their places, from any of them on', async () => {
  touch(folder(), 'p/1.jpg', 'p/5.jpg', 'm/2.jpg', 'm/3.jpg', 'm/4.jpg');
  await create({ file: join(folder(), 'a.tar'), cwd: join(folder(), 'm') }, ['2.jpg', '3.jpg', '4.jpg']);
  const inputs = ['p/1.jpg', 'a.tar', 'p/5.jpg', 'a.tar'].map((name) => join(folder(), name));
  await writeManifest(place(), listInputs(inputs));
  const expected = [
    'p/1.jpg',
    'a.tar/2.jpg',
    'a.tar/3.jpg',
    'a.tar/4.jpg',
    'p/5.jpg',
    'a.tar/2.jpg',
    'a.tar/3.jpg',
    'a.tar/4.jpg',
  ];
  for (let skip = 0; skip <= expected.length + 1; skip++) {
    const references = await collect(manifestReferences(place(), { skip }));
    expect(references.map(({ name }) => name)).toEqual(expected.slice(skip).map((name) => join(folder(), name)));
  }
});

test('what differs between two lists', async () => {
  const saved = [image('a.jpg'), image('b.jpg'), archive('c.tar')];
  await save(saved, 'saved');
  const difference = async (inputs: ListedInput[]) => {
    await save(inputs, 'now');
    return manifestDifference(place('saved'), place('now'));
  };
  expect(await difference(saved)).toBeUndefined();
  expect(await difference([image('a.jpg'), image('x.jpg'), archive('c.tar')])).toBe("input 2 was 'b.jpg' and is now 'x.jpg'");
  expect(await difference(saved.slice(0, 2))).toBe("the list of inputs now ends after 2: 'c.tar' is no longer in it");
  expect(await difference([...saved, image('d.jpg')])).toBe("the list of inputs ended after 3 and now goes on with 'd.jpg'");
  expect(await difference([...saved.slice(0, 2), archive('c.tar', 2)])).toBe("the archive 'c.tar' had 1 bytes and has 2 now");
  expect(await difference([...saved.slice(0, 2), { ...archive('c.tar'), modified: 6 } as ListedInput])).toContain('written to');
  expect(await difference([...saved.slice(0, 2), image('c.tar')])).toContain('input 3');
});
