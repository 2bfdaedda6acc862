import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { quarters } from '../images/fixtures';
import { defaultDevice } from '../runtime/metal-device';
import { boxModel, scoreOf } from '../tasks/box-model';
import { built, cli, jsonLines, lines } from './run-cli';

const folder = mkdtempSync(join(os.tmpdir(), 'mobilenet-cli-'));
const model = join(folder, 'boxes.safetensors');
const picture = join(folder, 'quarters.png');
const black = join(folder, 'black.png');
const empty = join(folder, 'empty.jpg');
const photos = join(__dirname, '../../photos');
const shared = join(__dirname, '../../../shared');
const bundled = existsSync(join(__dirname, '../../models/registry.json'));

beforeAll(async () => {
  writeFileSync(model, boxModel());
  writeFileSync(empty, '');
  await quarters(64, 32).png().toFile(picture);
  await quarters(64, 32).linear(0).png().toFile(black);
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Found {
  index: number;
  label: string;
  score: number;
  box: { x: number; y: number; width: number; height: number };
}

const detect = (...args: string[]) => cli('detect', '--model', model, ...args);

/** Labels and top left corners, in an order of their own: of equal scores either may come first. */
const places = (detections: Found[]) => detections.map(({ label, box }) => `${label} ${box.x},${box.y}`).sort();
const everything = ['blue 0,16', 'blue 32,16', 'green 32,0', 'green 32,16', 'red 0,0', 'red 32,16'];

(built ? describe : describe.skip)('mobilenet detect (dist/)', () => {
  test('--json prints one object an image, in order, failures among them', async () => {
    const { status, stdout, stderr } = await detect(picture, empty, 'none.png', black, '--json');
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    const [found, unreadable, missing, nothing] = jsonLines(stdout);
    expect(Object.keys(found)).toEqual(['image', 'width', 'height', 'detections', 'model', 'device', 'timing']);
    expect(found).toMatchObject({ image: picture, width: 64, height: 32, model: 'boxes', device: defaultDevice });
    expect(places(found.detections)).toEqual(everything);
    const green = found.detections.find(({ label, box }: Found) => label === 'green' && box.y === 0);
    expect(green).toEqual({
      index: 2,
      label: 'green',
      score: expect.closeTo(scoreOf(255), 5),
      box: { x: 32, y: 0, width: 32, height: 16 },
    });
    expect(unreadable).toEqual({ image: empty, error: { code: 'ERR_IMAGE_DECODE', message: expect.stringContaining('empty') } });
    expect(missing).toMatchObject({ image: 'none.png', error: { code: 'ERR_IMAGE_NOT_FOUND' } });
    expect(nothing).toMatchObject({ image: black, detections: [] });
  });

  test('for people: a line each, corners and sizes in columns; failures on stderr', async () => {
    const { status, stdout, stderr } = await detect(picture, empty, black, '--deny', 'blue', '--max-per-class', '1');
    expect(status).toBe(1);
    const [heading, first, second, gap, secondHeading, nothing, , footer] = lines(stdout);
    expect(heading).toBe(`${picture}  64 x 32`);
    expect([first, second].sort()).toEqual([
      expect.stringMatching(/^ {3}99\.8 % {2}green {2}32,(0|16) {2}32 x 16$/),
      expect.stringMatching(/^ {3}99\.8 % {2}red {4}( 0,0|32,16) {2}32 x 16$/),
    ]);
    expect([gap, secondHeading, nothing]).toEqual(['', `${black}  64 x 32`, '  nothing reaches the threshold']);
    expect(footer).toMatch(
      new RegExp(String.raw`^boxes on ${defaultDevice}: 2 images in [\d.]+ m?s \(decoding [\d.]+ ms, network [\d.]+ ms each\)$`),
    );
    expect(stderr).toMatch(/^mobilenet: cannot decode '.*empty\.jpg': it is empty \(ERR_IMAGE_DECODE\)\n$/);
  });

  test('a long label pushes its own line only', async () => {
    const long = join(folder, 'long.safetensors');
    const label = 'a label as long as those of ImageNet often are';
    writeFileSync(long, boxModel({ changes: { labels: ['background', 'red', label, 'blue', null] } }));
    const { stdout } = await cli('detect', '--model', long, picture, '--max-per-class', '1', '--region', '0,0,64,16');
    expect(lines(stdout).slice(1, 3).sort()).toEqual([
      `   99.8 %  ${label}  32,0  32 x 8`,
      `   99.8 %  ${'red'.padEnd(28)}   0,0  32 x 8`,
    ]);
  });

  test('every option does what it says', async () => {
    const found = async (...args: string[]) => {
      const { status, stdout } = await detect(picture, '--json', ...args);
      expect(status).toBe(0);
      return jsonLines(stdout)[0].detections as Found[];
    };
    expect(places(await found('--threshold', '0.999'))).toEqual([]);
    expect((await found('--threshold', '0')).length).toBeGreaterThan(everything.length);
    expect(await found('--max', '4')).toHaveLength(4);
    const onePerClass = await found('--max-per-class', '1');
    expect(onePerClass.map(({ label }) => label).sort()).toEqual(['blue', 'green', 'red']);
    const oneClassEach = await found('--nms', 'class-agnostic');
    expect(new Set(oneClassEach.map(({ box }) => `${box.x},${box.y}`)).size).toBe(oneClassEach.length);
    expect(places(await found('--allow', 'blue', '--allow', '1'))).toEqual(everything.filter((place) => !/green/.test(place)));
    expect(places(await found('--deny', 'red', '--deny', '2'))).toEqual(everything.filter((place) => /blue/.test(place)));
    expect(places(await found('--region', '32,0,32,16'))).toEqual(expect.arrayContaining(['green 32,0', 'green 48,8']));
    // Turned, the network sees other rows, but boxes are those of the picture as it is.
    expect(places(await found('--rotation', '90'))).toEqual(everything);
    expect(places(await found('--device', 'cpu', '--threads', '1', '--precision', 'float32', '--fast'))).toEqual(everything);
  });

  test('--iou decides which boxes are one thing', async () => {
    const large = join(folder, 'large.safetensors');
    writeFileSync(large, boxModel({ grow: 1.8 }));
    const reds = async (...args: string[]) => {
      const { stdout } = await cli('detect', '--model', large, picture, '--json', '--allow', 'red', ...args);
      return jsonLines(stdout)[0].detections;
    };
    expect(await reds()).toHaveLength(2);
    expect(await reds('--iou', '0.05')).toHaveLength(1);
  });

  test.each<[string[], RegExp]>([
    [['x.png', '--treshold', '1'], /unknown option '--treshold'[\s\S]*Did you mean --threshold/],
    [['x.png', '--threshold', '2'], /a number from 0 to 1 for --threshold but received 2 \(ERR_INVALID_OPTION\)/],
    [['x.png', '--iou', '-0.1'], /a number from 0 to 1 for --iou but received -0\.1/],
    [['x.png', '--iou', 'half'], /argument 'half' is invalid\. It must be a number/],
    [['x.png', '--max', '0'], /a whole number from 1 to \d+ for --max but received 0/],
    [['x.png', '--max-per-class', '1.5'], /a whole number from 1 to \d+ for --max-per-class but received 1\.5/],
    [['x.png', '--nms', 'per-clas'], /for --nms but received 'per-clas': did you mean 'per-class'/],
    [['x.png', '--allow', 'rad'], /--allow: the model has no label 'rad': did you mean 'red'/],
    [['x.png', '--allow', 'red', '--deny', 'red'], /allow or deny but received both/],
    [['x.png', '--region', '0,0,0,4'], /a number above 0 for --region\.width but received 0/],
    [['x.png', '--model', 'mobilenet-v1-0.25-224'], /needs a model of task 'detect'/],
  ])('wrong usage exits with 2: %j', async (args, message) => {
    const { status, stdout, stderr } = await detect(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  test('a region outside a picture is a failure of that picture', async () => {
    const small = join(folder, 'small.png');
    await quarters(8, 8).png().toFile(small);
    const { status, stdout } = await detect(small, picture, '--json', '--region', '0,0,32,32');
    expect(status).toBe(1);
    expect(jsonLines(stdout)).toMatchObject([
      { image: small, error: { code: 'ERR_INVALID_OPTION' } },
      { image: picture, width: 64 },
    ]);
  });

  (bundled ? test : test.skip)('the bundled model, by default: a person, a cat, a cup', async () => {
    const images = ['astronaut.png', 'chelsea.png', 'coffee.png'].map((name) => join(photos, name));
    const { status, stdout } = await cli('detect', ...images);
    expect(status).toBe(0);
    const blocks = stdout.split('\n\n');
    expect(blocks[0]).toMatch(/astronaut\.png {2}512 x 512\n.* person /);
    expect(blocks[1]).toMatch(/chelsea\.png {2}451 x 300\n.* cat /);
    expect(blocks[2]).toMatch(/coffee\.png {2}600 x 400\n.* cup /);
  });

  (bundled && existsSync(shared) ? test : test.skip)('../shared: a cat above 0.85, a person above 0.8, a person', async () => {
    const images = ['models/coral/cat.bmp', 'models/coral/grace_hopper.bmp', 'photos/astronaut.png'].map((name) =>
      join(shared, name),
    );
    const { status, stdout } = await cli('detect', ...images, '--json');
    expect(status).toBe(0);
    const [cat, hopper, astronaut] = jsonLines(stdout).map(({ detections }) => detections[0]);
    expect([cat.label, hopper.label, astronaut.label]).toEqual(['cat', 'person', 'person']);
    expect(cat.score).toBeGreaterThan(0.85);
    expect(hopper.score).toBeGreaterThan(0.8);
  });
});
