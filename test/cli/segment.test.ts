import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { Segmenter } from '../../lib/tasks/segmenter';
import { quarters } from '../images/fixtures';
import { defaultDevice } from '../runtime/metal-device';
import { pixelModel } from '../tasks/pixel-model';
import { built, cli, jsonLines, lines } from './run-cli';

const folder = mkdtempSync(join(os.tmpdir(), 'mobilenet-cli-'));
const model = join(folder, 'pixels.safetensors');
/** Of the network's own size: nothing is resized. */
const picture = join(folder, 'quarters.png');
const wide = join(folder, 'wide.png');
const photos = join(__dirname, '../../photos');
const bundled = existsSync(join(__dirname, '../../models/registry.json'));

/** Red, green, blue and white; of white's equal channels red comes first. */
const quarterClasses = Array.from({ length: 64 }, (_, i) => (i < 32 ? (i % 8 < 4 ? 1 : 2) : i % 8 < 4 ? 3 : 1));

beforeAll(async () => {
  writeFileSync(model, pixelModel());
  await quarters(8, 8).png().toFile(picture);
  await quarters(60, 34).png().toFile(wide);
});
afterAll(() => rmSync(folder, { recursive: true }));

const segment = (...args: string[]) => cli('segment', '--model', model, ...args);

/** A mask's values, after a look at its header: 8 bits, grey. */
async function readMask(path: string) {
  const bytes = readFileSync(path);
  expect([bytes.subarray(1, 4).toString(), bytes[24], bytes[25]]).toEqual(['PNG', 8, 0]);
  const { data, info } = await sharp(bytes).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
  expect(info.channels).toBe(1);
  return { width: info.width, height: info.height, classes: [...data] };
}

(built ? describe : describe.skip)('mobilenet segment (dist/)', () => {
  test('--json prints the legend, no map, failures among them', async () => {
    const { status, stdout, stderr } = await segment(picture, 'none.png', wide, '--json');
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    const [first, failure, last] = jsonLines(stdout);
    expect(Object.keys(first)).toEqual(['image', 'width', 'height', 'legend', 'model', 'device', 'timing']);
    expect(first).toMatchObject({ image: picture, width: 8, height: 8, model: 'pixels', device: defaultDevice });
    expect(first.legend).toEqual([
      { index: 1, label: 'red', color: [128, 0, 0], pixels: 32 },
      { index: 2, label: 'green', color: [0, 128, 0], pixels: 16 },
      { index: 3, label: 'blue', color: [128, 128, 0], pixels: 16 },
    ]);
    expect(failure).toMatchObject({ image: 'none.png', error: { code: 'ERR_IMAGE_NOT_FOUND' } });
    expect(last).toMatchObject({ image: wide, width: 60, height: 34 });
  });

  test('for people: the share of each class', async () => {
    const { status, stdout, stderr } = await segment(picture, 'none.png');
    expect(status).toBe(1);
    const [heading, red, green, blue, gap, footer] = lines(stdout);
    expect(heading).toBe(`${picture}  8 x 8`);
    expect([red, green, blue]).toEqual([
      `   50.0 %  ${'█'.repeat(12).padEnd(24)}  red`,
      `   25.0 %  ${'█'.repeat(6).padEnd(24)}  green`,
      `   25.0 %  ${'█'.repeat(6).padEnd(24)}  blue`,
    ]);
    expect(gap).toBe('');
    expect(footer).toMatch(new RegExp(`^pixels on ${defaultDevice}: 1 image in `));
    expect(stderr).toMatch(/^mobilenet: there is no file 'none\.png' \(ERR_IMAGE_NOT_FOUND\)\n$/);
    const half = lines((await segment(picture, '--region', '0,0,8,4')).stdout);
    expect(half.slice(1, 3)).toEqual([
      expect.stringMatching(/^ {3}25\.0 % .* red$/),
      expect.stringMatching(/^ {3}25\.0 % .* green$/),
    ]);
  });

  test('--mask writes the class indices themselves, of the size of the picture', async () => {
    const masks = join(folder, 'masks');
    const { status, stdout } = await segment(picture, 'none.png', wide, '--mask', masks, '--json', '--threads', '1');
    expect(status).toBe(1);
    const [first, , last] = jsonLines(stdout);
    expect(Object.keys(first)).toEqual(['image', 'width', 'height', 'legend', 'mask', 'model', 'device', 'timing']);
    expect([first.mask, last.mask]).toEqual([join(masks, 'quarters-mask.png'), join(masks, 'wide-mask.png')]);
    expect(await readMask(first.mask)).toEqual({ width: 8, height: 8, classes: quarterClasses });
    const segmenter = await Segmenter.load(model, { threads: 1 });
    try {
      const { classMap } = await segmenter.segment(wide);
      expect(new Set(classMap).size).toBeGreaterThan(2);
      expect(await readMask(last.mask)).toEqual({ width: 60, height: 34, classes: [...classMap] });
    } finally {
      await segmenter.dispose();
    }
  });

  test('--mask holds 255 outside the region', async () => {
    const { status, stdout } = await segment(picture, '--mask', join(folder, 'region'), '--region', '4,0,4,8', '--json');
    expect(status).toBe(0);
    const [{ mask, legend }] = jsonLines(stdout);
    expect((await readMask(mask)).classes).toEqual(quarterClasses.map((index, i) => (i % 8 < 4 ? 255 : index)));
    expect(legend.map(({ label, pixels }: { label: string; pixels: number }) => [label, pixels])).toEqual(
      expect.arrayContaining([
        ['red', 16],
        ['green', 16],
      ]),
    );
  });

  test('the options all commands share', async () => {
    const { status, stdout } = await segment(
      ...[picture, '--json', '--mask', join(folder, 'turned'), '--rotation', '90', '--fast'],
      ...['--device', 'cpu', '--precision', 'float32', '--threads', '2'],
    );
    expect(status).toBe(0);
    // The network saw the picture lying on its side, the mask is of the picture as it is.
    expect((await readMask(jsonLines(stdout)[0].mask)).classes).toEqual(quarterClasses);
  });

  test.each<[string[], RegExp]>([
    [['x.png', '--opacity', '2', '--draw', 'x'], /a number from 0 to 1 for --opacity but received 2/],
    [['x.png', '--opacity', '1'], /--opacity is for --draw/],
    [['x.png', '--threshold', '1'], /unknown option '--threshold'/],
    [['x.png', '--mask'], /option '--mask <dir>' argument missing/],
    [['x.png', '--model', 'ssdlite-mobilenet-v2-coco'], /needs a model of task 'segment'/],
  ])('wrong usage exits with 2: %j', async (args, message) => {
    const { status, stdout, stderr } = await segment(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  (bundled ? test : test.skip)('the bundled model, by default: a person, a cat', async () => {
    const { status, stdout } = await cli('segment', join(photos, 'astronaut.png'), join(photos, 'chelsea.png'));
    expect(status).toBe(0);
    const blocks = stdout.split('\n\n');
    expect(blocks[0]).toMatch(/astronaut\.png {2}512 x 512\n[\s\S]* person/);
    expect(blocks[1]).toMatch(/chelsea\.png {2}451 x 300\n.* cat\n.* background/);
  });
});
