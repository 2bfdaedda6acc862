import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { Embedder } from '../../lib/tasks/embedder';
import { quarters } from '../images/fixtures';
import { defaultDevice } from '../runtime/metal-device';
import { featureModel } from '../tasks/color-model';
import { built, cli, jsonLines, lines } from './run-cli';

const folder = mkdtempSync(join(os.tmpdir(), 'mobilenet-cli-'));
const model = join(folder, 'features.safetensors');
const picture = join(folder, 'quarters.png');
const photos = join(__dirname, '../../photos');
const bundled = existsSync(join(__dirname, '../../models/registry.json'));

beforeAll(async () => {
  writeFileSync(model, featureModel());
  // Red, green, blue and white; the model's input is these four pixels.
  await quarters(2, 2).png().toFile(picture);
});
afterAll(() => rmSync(folder, { recursive: true }));

const embed = (...args: string[]) => cli('embed', '--model', model, ...args);

(built ? describe : describe.skip)('mobilenet embed (dist/)', () => {
  test('--json prints the vector, its shape and its layer, failures among them', async () => {
    const { status, stdout, stderr } = await embed(picture, 'none.png', picture, '--json', '--layer', 'clipped');
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    const [first, failure, last] = jsonLines(stdout);
    expect(Object.keys(first)).toEqual(['image', 'width', 'height', 'embedding', 'shape', 'layer', 'model', 'device', 'timing']);
    expect(first).toMatchObject({
      image: picture,
      shape: { height: 1, width: 1, channels: 3 },
      layer: 'clipped',
      model: 'colors',
    });
    expect(first.embedding).toHaveLength(3);
    for (const number of first.embedding) {
      expect(number).toBeCloseTo(Math.sqrt(1 / 3), 6);
    }
    expect(failure).toMatchObject({ image: 'none.png', error: { code: 'ERR_IMAGE_NOT_FOUND' } });
    expect(last.embedding).toEqual(first.embedding);
  });

  test('every option does what it says', async () => {
    const vector = async (...args: string[]) => {
      const { status, stdout } = await embed(picture, '--json', '--layer', 'clipped', ...args);
      expect(status).toBe(0);
      return jsonLines(stdout)[0];
    };
    expect((await vector('--no-normalize')).embedding).toEqual([0.5, 0.5, 0.5]);
    expect((await vector('--no-normalize', '--pool', 'max')).embedding).toEqual([1, 1, 1]);
    const whole = await vector('--no-normalize', '--pool', 'none');
    expect(whole.embedding).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1]);
    expect(whole.shape).toEqual({ height: 2, width: 2, channels: 3 });
    expect((await vector('--region', '1,0,1,1')).embedding).toEqual([0, 1, 0]);
    expect((await vector('--rotation', '90', '--pool', 'none', '--no-normalize')).embedding.slice(0, 3)).toEqual([0, 0, 1]);
    expect((await vector('--device', 'cpu', '--threads', '1', '--precision', 'float32', '--fast')).layer).toBe('clipped');
  });

  test('for people: the layer, the shape, how the vector begins and how much it is like the first', async () => {
    const { status, stdout } = await embed(picture, picture, '--layer', 'clipped', '--pool', 'none', '--no-normalize');
    expect(status).toBe(0);
    const [heading, layer, shape, begins, gap, second, , , , similarity, , footer] = lines(stdout);
    expect([heading, second]).toEqual([`${picture}  2 x 2`, `${picture}  2 x 2`]);
    expect([layer, shape]).toEqual(['  layer   clipped', '  shape   2x2x3']);
    expect(begins).toBe('  begins  1.0000  0.0000  0.0000  0.0000  1.0000  0.0000  …');
    expect(gap).toBe('');
    expect(similarity).toBe(`  similarity  1.000  ${'█'.repeat(24)}  with ${picture}`);
    expect(footer).toMatch(new RegExp(`^colors on ${defaultDevice}: 2 images in `));
  });

  test('a vector of zeros is like no other', async () => {
    const { status, stdout } = await embed(picture, picture, '--layer', 'clipped', '--region', '0,0,1,1', '--pool', 'none');
    expect(status).toBe(0);
    expect(stdout).toMatch(/similarity {2}1\.000/);
    const black = join(folder, 'black.png');
    await quarters(2, 2).linear(0).png().toFile(black);
    const compared = await embed(picture, black, '--layer', 'clipped');
    expect(compared).toMatchObject({ status: 0, stdout: expect.stringContaining(`similarity  none with ${picture}`) });
  });

  test.each<[string[], RegExp]>([
    [['x.png', '--layer', 'clippd'], /--layer: the network has no layer 'clippd': did you mean 'clipped'/],
    [['x.png', '--pool', 'mean'], /one of 'average', 'max', 'none' for --pool but received 'mean'/],
    [['x.png', '--top', '1'], /unknown option '--top'/],
    [['x.png', '--draw', 'here'], /unknown option '--draw'/],
  ])('wrong usage exits with 2: %j', async (args, message) => {
    const { status, stdout, stderr } = await embed(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  (bundled ? test : test.skip)('prints the very numbers of the library: the bundled classifier, by default', async () => {
    const photo = join(photos, 'chelsea.png');
    const { status, stdout } = await cli('embed', photo, '--json', '--threads', '1');
    expect(status).toBe(0);
    const embedder = await Embedder.load('mobilenet-v1-0.25-224', { threads: 1 });
    try {
      const { embedding, shape, layer } = await embedder.embed(photo);
      const [printed] = jsonLines(stdout);
      expect(printed).toMatchObject({ shape: { ...shape }, layer });
      expect(Float32Array.from(printed.embedding)).toEqual(embedding);
    } finally {
      await embedder.dispose();
    }
  });

  (bundled ? test : test.skip)('a detector has no layer of its own to take', async () => {
    const run = (...args: string[]) => cli('embed', 'x.png', '--model', 'ssdlite-mobilenet-v2-coco', ...args);
    expect(await run()).toMatchObject({ status: 2, stderr: expect.stringMatching(/the name of a layer for --layer/) });
  });
});
