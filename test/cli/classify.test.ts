import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { quarters } from '../images/fixtures';
import { defaultDevice } from '../runtime/metal-device';
import { colorModel } from '../tasks/color-model';
import { built, cli, jsonLines, lines, main } from './run-cli';

const folder = mkdtempSync(join(os.tmpdir(), 'mobilenet-cli-'));
const model = join(folder, 'colors.safetensors');
const picture = join(folder, 'quarters.png');
const empty = join(folder, 'empty.jpg');
const photos = join(__dirname, '../../photos');
const coral = join(__dirname, '../../../shared/models/coral');
const bundled = existsSync(join(__dirname, '../../models/registry.json'));

beforeAll(async () => {
  writeFileSync(model, colorModel());
  writeFileSync(empty, '');
  await quarters(64, 32).png().toFile(picture);
});
afterAll(() => rmSync(folder, { recursive: true }));

const classify = (...args: string[]) => cli('classify', '--model', model, ...args);

(built ? describe : describe.skip)('mobilenet classify (dist/)', () => {
  test('--json prints one object an image, in order, failures among them', async () => {
    const { status, stdout, stderr } = await classify(picture, empty, 'none.png', picture, '--json', '--top', '1');
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    const results = jsonLines(stdout);
    expect(results.map(({ image }) => image)).toEqual([picture, empty, 'none.png', picture]);
    expect(Object.keys(results[0])).toEqual(['image', 'width', 'height', 'categories', 'model', 'device', 'timing']);
    expect(results[0]).toMatchObject({
      width: 64,
      height: 32,
      model: 'colors',
      device: defaultDevice,
      categories: [{ index: 0, label: 'red' }],
    });
    expect(results[1]).toEqual({ image: empty, error: { code: 'ERR_IMAGE_DECODE', message: expect.stringContaining('empty') } });
    expect(results[2].error.code).toBe('ERR_IMAGE_NOT_FOUND');
    expect(results[3].categories).toEqual(results[0].categories);
  });

  test('prints a table a person reads, failures on stderr', async () => {
    const { status, stdout, stderr } = await classify(picture, empty);
    expect(status).toBe(1);
    const [heading, first, second, third, gap, footer] = lines(stdout);
    expect(heading).toBe(`${picture}  64 x 32`);
    expect([first, second, third].map((line) => line?.slice(-5).trim())).toEqual(['red', 'green', 'blue']);
    expect(first).toMatch(/^ {4}0\.0 % /);
    expect(gap).toBe('');
    expect(footer).toMatch(
      new RegExp(String.raw`^colors on ${defaultDevice}: 1 image in [\d.]+ m?s \(decoding [\d.]+ ms, network [\d.]+ ms each\)$`),
    );
    expect(stderr).toMatch(/^mobilenet: cannot decode '.*empty\.jpg': it is empty \(ERR_IMAGE_DECODE\)\n$/);
  });

  test('every option does what it says', async () => {
    const best = async (...args: string[]) => {
      const { status, stdout } = await classify(picture, '--json', ...args);
      expect(status).toBe(0);
      return JSON.parse(stdout).categories.map(({ label }: { label: string }) => label);
    };
    expect(await best('--region', '32,0,32,16', '--top', '1')).toEqual(['green']);
    expect(await best('--rotation', '-90', '--top', '1')).toEqual(['green']);
    expect(await best('--allow', 'blue', '--allow', '0')).toEqual(['red', 'blue']);
    expect(await best('--deny', 'red', '--deny', '2')).toEqual(['green']);
    expect(await best('--threshold', '0.5')).toEqual([]);
    expect(await best('--device', 'cpu', '--threads', '1', '--precision', 'float32', '--fast', '--top', '1')).toEqual(['red']);
    expect(await best('--frames-in-flight', '2', '--batch-size', '4', '--top', '1')).toEqual(['red']);
  });

  test.each<[string[], RegExp]>([
    [[], /missing required argument 'image'/],
    [['x.png', '--tpo', '1'], /unknown option '--tpo'[\s\S]*Did you mean --top/],
    [['x.png', '--top', 'two'], /argument 'two' is invalid\. It must be a number/],
    [['x.png', '--top', '9'], /a whole number from 1 to 4 for --top but received 9 \(ERR_INVALID_OPTION\)/],
    [['x.png', '--threshold', '2'], /a number from 0 to 1 for --threshold but received 2/],
    [['x.png', '--rotation', '45'], /a multiple of 90 degrees for --rotation but received 45/],
    [['x.png', '--region', '1,2,3'], /It must be x,y,width,height/],
    [['x.png', '--allow', 'rad'], /--allow: the model has no label 'rad': did you mean 'red'/],
    [['x.png', '--device', 'gpu'], /for --device but received 'gpu'/],
    [['x.png', '--batch-size', '65'], /from 1 to 64 for --batch-size but received 65/],
    [['x.png', '--frames-in-flight', '0'], /from 1 to 16 for --frames-in-flight but received 0/],
  ])('wrong usage exits with 2: %j', async (args, message) => {
    const { status, stdout, stderr } = await classify(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  test('a model that is not there is wrong usage, a damaged one a failure', async () => {
    const missing = await cli('classify', 'x.png', '--model', join(folder, 'none.safetensors'));
    expect(missing).toMatchObject({ status: 2, stderr: expect.stringMatching(/none\.safetensors.*\(ERR_MODEL_NOT_FOUND\)/) });
    expect(await cli('classify', 'x.png', '--model', empty)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/ERR_MODEL_CORRUPT/),
    });
  });

  test('a reader that goes away, as head does, ends it quietly', async () => {
    const images = Array(2000).fill(picture);
    const child = spawn(process.execPath, [main, 'classify', '--json', '--model', model, ...images], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(stderr).toBe('');
  });

  (process.platform === 'win32' ? test.skip : test)('Ctrl-C stops it with 130, whole lines printed', async () => {
    const images = Array(5000).fill(picture);
    const child = spawn(process.execPath, [main, 'classify', '--json', '--model', model, ...images], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    child.stdout.once('data', () => child.kill('SIGINT'));
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    expect(await once(child, 'close')).toEqual([130, null]);
    expect(stderr).toBe('');
    expect(lines(stdout).length).toBeLessThan(5000);
    expect(lines(stdout).every((line) => JSON.parse(line).image === picture)).toBe(true);
  });

  (bundled ? test : test.skip)('the bundled model, by default: a cat, a cup', async () => {
    const { status, stdout } = await cli('classify', join(photos, 'chelsea.png'), join(photos, 'coffee.png'));
    expect(status).toBe(0);
    expect(stdout).toMatch(/chelsea\.png {2}451 x 300\n.*(cat|tabby|lynx)/);
    expect(stdout).toMatch(/espresso|cup/);
  });

  (bundled && existsSync(coral) ? test : test.skip)('../shared/models/coral: Egyptian cat, chickadee, a cat', async () => {
    const images = [join(coral, 'cat.bmp'), join(coral, 'bird.bmp'), join(photos, 'chelsea.png')];
    const { status, stdout } = await cli('classify', ...images, '--json');
    expect(status).toBe(0);
    const results = jsonLines(stdout);
    expect(results.map(({ image }) => image)).toEqual(images);
    const labels = results.map(({ categories }) => categories[0].label);
    expect(labels[0]).toBe('Egyptian cat');
    expect(labels[1]).toBe('chickadee');
    expect(labels[2]).toMatch(/cat/);
  });
});
