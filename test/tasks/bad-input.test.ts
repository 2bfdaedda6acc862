import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MobileNetError } from '../../lib/errors';
import { Classifier } from '../../lib/tasks/classifier';
import { Embedder } from '../../lib/tasks/embedder';
import { pngHeader } from '../images/fixtures';

const folder = mkdtempSync(join(os.tmpdir(), 'mobilenet-bad-'));
const photos = join(__dirname, '../../photos');
const good = join(photos, 'chelsea.png');
const at = (name: string) => join(folder, name);

/** Every way an image can be bad, with the code it must give. */
const bad: [name: string, code: string][] = [
  ['text.jpg', 'ERR_IMAGE_DECODE'],
  ['cut.jpg', 'ERR_IMAGE_DECODE'],
  ['empty.png', 'ERR_IMAGE_DECODE'],
  ['huge.png', 'ERR_IMAGE_TOO_LARGE'],
  ['directory', 'ERR_IMAGE_DECODE'],
  ['missing.png', 'ERR_IMAGE_NOT_FOUND'],
];

let classifier: Classifier;
beforeAll(async () => {
  writeFileSync(at('text.jpg'), 'not an image');
  writeFileSync(at('cut.jpg'), readFileSync(join(photos, 'rocket.jpg')).subarray(0, 60_000));
  writeFileSync(at('empty.png'), '');
  writeFileSync(at('huge.png'), pngHeader(40_000, 40_000));
  mkdirSync(at('directory'));
  classifier = await Classifier.load('mobilenet-v1-0.25-224');
});
afterAll(async () => {
  await classifier.dispose();
  rmSync(folder, { recursive: true });
});

/** Classifies a good image after every bad one. */
async function classifyAll(): Promise<string[]> {
  const answers: string[] = [];
  for await (const result of classifier.stream(
    bad.flatMap(([name]) => [at(name), good]),
    { onError: 'yield' },
  )) {
    if ('error' in result) {
      expect(result.error).toBeInstanceOf(MobileNetError);
      answers.push(result.error.code);
    } else {
      answers.push(result.categories[0]?.label ?? '');
    }
  }
  return answers;
}

test('bad images get their codes, the good ones among them their answers', async () => {
  expect(await classifyAll()).toEqual(bad.flatMap(([, code]) => [code, 'Egyptian cat']));
});

test('bad images leave nothing behind', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  const use = async (times: number) => {
    for (let i = 0; i < times; i++) {
      await classifyAll();
    }
    collectGarbage();
    const { external, arrayBuffers } = process.memoryUsage();
    const descriptors = existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0;
    return { descriptors, bytes: external + arrayBuffers };
  };
  const before = await use(10);
  const after = await use(40);
  expect(after.descriptors).toBeLessThanOrEqual(before.descriptors);
  // The good pictures alone would be 93 MiB if they were kept.
  expect(after.bytes - before.bytes).toBeLessThan(40 * 2 ** 20);
});

test('bytes whose buffer was transferred are bad images and damaged models', async () => {
  const gone = () => {
    const bytes = new Uint8Array(8);
    structuredClone(bytes, { transfer: [bytes.buffer] });
    return bytes;
  };
  for (const image of [gone(), gone().buffer, { bytes: gone(), name: 'gone' }]) {
    await expect(classifier.classify(image)).rejects.toMatchObject({ code: 'ERR_IMAGE_DECODE' });
  }
  for (const load of [Classifier.load, Embedder.load]) {
    await expect(load(gone())).rejects.toMatchObject({ code: 'ERR_MODEL_CORRUPT' });
    await expect(load(gone().buffer)).rejects.toMatchObject({ code: 'ERR_MODEL_CORRUPT' });
  }
});
