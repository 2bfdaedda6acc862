import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type RawImage, type Region, Segmenter, type SegmentResult, voidClass } from '../../lib/index';
import type { ModelDescription } from '../../lib/models/description';
import { pascalColors } from '../../lib/models/pascal-colors';
import { Session } from '../../lib/runtime/session';
import { matching, rejectionOf } from '../error-of';
import { quarters } from '../images/fixtures';
import { defaultDevice } from '../runtime/metal-device';
import { boxModel } from './box-model';
import { oddPictures } from './odd-pictures';
import { classOf, logitsOf, pixelLabels, pixelModel, pixelSide } from './pixel-model';

const photos = join(__dirname, '../../photos');
const bundled = join(__dirname, '../../models/registry.json');

/** Colours one cannot guess, the same every time. */
function noise(width: number, height: number): RawImage {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0, state = 1; i < data.length; i++) {
    state = (state * 48271) % 2147483647;
    data[i] = state >> 16;
  }
  return { data, width, height, channels: 3 };
}

const colorAt = ({ data, width }: RawImage, x: number, y: number) =>
  Array.from((data as Uint8Array).subarray((y * width + x) * 3, (y * width + x) * 3 + 3));

/** Class of every pixel of the picture's region, and void around it. */
function expectedMap(picture: RawImage, region: Region = { x: 0, y: 0, width: picture.width, height: picture.height }): number[] {
  return Array.from({ length: picture.width * picture.height }, (_, i) => {
    const x = i % picture.width;
    const y = Math.floor(i / picture.width);
    const inside = x >= region.x && y >= region.y && x < region.x + region.width && y < region.y + region.height;
    return inside ? classOf(colorAt(picture, x, y)) : voidClass;
  });
}

/** Pixels of each class of a map, void left out. */
function histogram(map: Iterable<number>): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const index of map) {
    if (index !== voidClass) {
      counts[index] = (counts[index] ?? 0) + 1;
    }
  }
  return counts;
}

const legendCounts = ({ legend }: SegmentResult) => Object.fromEntries(legend.map(({ index, pixels }) => [index, pixels]));

/** As large as the network's input: every pixel keeps its colour on the way. */
const small = noise(pixelSide, pixelSide);

const loaded: Segmenter[] = [];
async function load(changes?: Partial<ModelDescription>, options?: Parameters<typeof Segmenter.load>[1]) {
  const segmenter = await Segmenter.load(pixelModel(changes), { threads: 1, ...options });
  loaded.push(segmenter);
  return segmenter;
}

let segmenter: Segmenter;
beforeAll(async () => {
  segmenter = await load();
});
afterAll(() => Promise.all(loaded.map((each) => each.dispose())));

describe('load', () => {
  test('what it says of the model', async () => {
    const warm = await load({}, { warmup: true });
    expect(warm).toMatchObject({ device: defaultDevice, classes: 4, labels: pixelLabels, colors: pascalColors(4) });
    expect(warm.model).toMatchObject({ name: 'pixels', task: 'segment', head: { classes: 4 } });
    expect(Object.isFrozen(warm.colors[1])).toBe(true);
  });

  test('refuses models of another task', async () => {
    expect(await rejectionOf(Segmenter.load(boxModel()))).toMatch(
      matching('ERR_MODEL_TASK', "Segmenter.load needs a model of task 'segment', but 'boxes' is one of task 'detect'"),
    );
  });

  test("the model's own colours", async () => {
    const colors = [1, 2, 3, 4].map((level): [number, number, number] => [level, 0, 9]);
    const coloured = await load({ colors });
    expect(coloured.colors).toEqual(colors);
    const { legend } = await coloured.segment(small);
    expect(legend.map(({ color }) => color)).toEqual(legend.map(({ index }) => [index + 1, 0, 9]));
  });
});

describe("output 'source'", () => {
  test('result: class map, legend, sizes, model, device, timing', async () => {
    const result = await segmenter.segment(small);
    expect(result).toMatchObject({ width: 8, height: 8, mapWidth: 8, mapHeight: 8, model: 'pixels', device: defaultDevice });
    expect(Array.from(result.classMap)).toEqual(expectedMap(small));
    expect(legendCounts(result)).toEqual(histogram(result.classMap));
    const pixels = result.legend.map((entry) => entry.pixels);
    expect(pixels).toEqual([...pixels].sort((a, b) => b - a));
    for (const { index, label, color } of result.legend) {
      expect([label, color]).toEqual([pixelLabels[index], pascalColors(4)[index]]);
    }
    expect(Object.values(result.timing).every((time) => time >= 0 && time < 60_000)).toBe(true);
    expect(Object.keys(result)).not.toEqual(expect.arrayContaining(['confidence']));
    expect(Object.keys(result)).not.toEqual(expect.arrayContaining(['masks']));
    expect(Object.keys(result)).not.toEqual(expect.arrayContaining(['content']));
  });

  test('region: void outside of it, in pixels of the picture', async () => {
    const picture = noise(21, 19);
    for (const region of [
      { x: 3, y: 5, width: 8, height: 8 },
      { x: 13, y: 0, width: 8, height: 4 },
      { x: 0, y: 11, width: 3, height: 8 },
    ]) {
      const result = await segmenter.segment(picture, { region, confidence: true });
      const expected = expectedMap(picture, region);
      expect(Array.from(result.classMap)).toEqual(expected);
      expect(legendCounts(result)).toEqual(histogram(expected));
      expect(Array.from(result.confidence as Uint8Array, (level) => level > 0)).toEqual(
        expected.map((index) => index !== voidClass),
      );
    }
  });

  test('the region is rounded outwards', async () => {
    const picture = noise(10, 10);
    const { classMap } = await segmenter.segment(picture, { region: { x: 1.7, y: 0.2, width: 6.5, height: 7.1 } });
    expect(Array.from(classMap)).toEqual(expectedMap(picture, { x: 1, y: 0, width: 8, height: 8 }));
  });

  test('rotation: the map lies as the upright picture does', async () => {
    const picture = noise(12, 9);
    for (const rotation of [0, 90, 180, 270, -90, 450]) {
      const tall = { x: 2, y: 1, width: 4, height: 8 };
      const { classMap } = await segmenter.segment(picture, { rotation, region: tall });
      expect({ rotation, map: Array.from(classMap) }).toEqual({ rotation, map: expectedMap(picture, tall) });
    }
  });

  test('a central crop: void around it', async () => {
    const cropped = await load({
      preprocessing: {
        ...segmenter.model.preprocessing,
        ...{ resize: 'central-crop', centralFraction: 0.5, padValue: undefined },
      },
    });
    const picture = noise(16, 16);
    const { classMap } = await cropped.segment(picture);
    expect(Array.from(classMap)).toEqual(expectedMap(picture, { x: 4, y: 4, width: 8, height: 8 }));
  });

  test.each(['jpeg', 'png', 'webp'] as const)(
    'fast mode, %s: maps of the source size, and regions in its pixels',
    async (format) => {
      const fast = await load({}, { decode: 'fast' });
      const run = jest.spyOn(Session.prototype, 'run');
      try {
        const encoded = await quarters(640, 320).toFormat(format).toBuffer();
        const region = { x: 320, y: 0, width: 320, height: 160 };
        const result = await fast.segment(encoded, { region, confidence: true, masks: ['green'] });
        expect(run.mock.calls[0]?.[0].width).toBeLessThan(100);
        expect(result).toMatchObject({ width: 640, height: 320, mapWidth: 640, mapHeight: 320 });
        expect(legendCounts(result)).toEqual({ 2: 320 * 160 });
        expect(histogram(result.classMap)).toEqual({ 2: 320 * 160 });
        expect([
          result.classMap[320],
          result.classMap[319],
          result.classMap[159 * 640 + 639],
          result.classMap[160 * 640 + 639],
        ]).toEqual([2, voidClass, 2, voidClass]);
        expect(result.masks?.[0]?.mask).toHaveLength(640 * 320);
      } finally {
        run.mockRestore();
      }
    },
  );
});

describe("output 'model'", () => {
  test("the network's input with its padding, which the legend does not count", async () => {
    const picture = noise(8, 5);
    const result = await segmenter.segment(picture, { output: 'model' });
    expect(result).toMatchObject({ width: 8, height: 5, mapWidth: 8, mapHeight: 8, content: { width: 8, height: 5 } });
    const expected = expectedMap(picture);
    expect(Array.from(result.classMap)).toEqual([...expected, ...Array(24).fill(pixelLabels.indexOf('green'))]);
    expect(legendCounts(result)).toEqual(histogram(expected));
  });

  test('is turned and cut as the network sees it', async () => {
    const picture = noise(12, 9);
    const region = { x: 2, y: 1, width: 4, height: 8 };
    const { classMap, content } = await segmenter.segment(picture, { output: 'model', rotation: 90, region });
    expect(content).toEqual({ width: 8, height: 4 });
    const turned = Array.from({ length: 4 * 8 }, (_, i) =>
      classOf(colorAt(picture, region.x + Math.floor(i / 8), region.y + region.height - 1 - (i % 8))),
    );
    expect(Array.from(classMap.subarray(0, 32))).toEqual(turned);
  });

  test('masks and confidence have its size', async () => {
    const result = await segmenter.segment(noise(4, 2), { output: 'model', masks: true, confidence: true });
    expect(result.confidence).toHaveLength(64);
    expect(result.masks?.every(({ mask }) => mask.length === 64)).toBe(true);
  });
});

test("confidence: the winner's softmax times 255", async () => {
  const segmenter = await load({}, { precision: 'float32' });
  const { classMap, confidence = new Uint8Array() } = await segmenter.segment(small, { confidence: true });
  expect(confidence).toHaveLength(64);
  confidence.forEach((level, i) => {
    const exponentials = logitsOf(colorAt(small, i % 8, Math.floor(i / 8))).map(Math.exp);
    const share = (exponentials[classMap[i] as number] as number) / exponentials.reduce((sum, each) => sum + each);
    expect(Math.abs(level - 255 * share)).toBeLessThanOrEqual(0.51);
  });
});

describe('masks', () => {
  const maskOf = (map: Uint8Array, index: number) => Array.from(map, (each) => (each === index ? 255 : 0));

  test('true: one of each class in the legend, in its order', async () => {
    const { classMap, legend, masks } = await segmenter.segment(small, { masks: true });
    expect(legend.length).toBeGreaterThan(2);
    expect(masks?.map(({ index, label }) => [index, label])).toEqual(legend.map(({ index, label }) => [index, label]));
    for (const { index, mask } of masks ?? []) {
      expect(Array.from(mask)).toEqual(maskOf(classMap, index));
    }
  });

  test('by label or index, each once, also of classes that are absent', async () => {
    const red: RawImage = { data: Uint8Array.of(255, 0, 0, 0, 0, 0), width: 2, height: 1, channels: 3 };
    const { masks } = await segmenter.segment(red, { masks: ['blue', 1, 'Red', 0] });
    expect(masks?.map(({ index, label, mask }) => [index, label, mask.length])).toEqual([
      [3, 'blue', 2],
      [1, 'red', 2],
      [0, 'background', 2],
    ]);
    expect(Array.from(masks?.[0]?.mask ?? [])).toEqual([0, 0]);
    expect((await segmenter.segment(red, { masks: [] })).masks).toEqual([]);
    expect((await segmenter.segment(red, { masks: false })).masks).toBeUndefined();
  });

  test('an abort while they are made ends the call', async () => {
    const run = Session.prototype.run;
    const controller = new AbortController();
    const reason = new Error('enough');
    const spy = jest.spyOn(Session.prototype, 'run').mockImplementation(async function (this: Session, ...call) {
      const result = await run.apply(this, call);
      controller.abort(reason);
      return result;
    });
    try {
      await expect(segmenter.segment(small, { masks: true, signal: controller.signal })).rejects.toBe(reason);
    } finally {
      spy.mockRestore();
    }
  });
});

test('a model without labels', async () => {
  const unlabelled = await load({ labels: undefined });
  const { legend, masks } = await unlabelled.segment(small, { masks: [2] });
  expect(legend.map(({ index, label }) => [index, label])).toContainEqual([3, 'class 3']);
  expect(masks).toMatchObject([{ index: 2, label: 'class 2' }]);
  expect(await rejectionOf(unlabelled.segment(small, { masks: ['red'] }))).toMatch(matching('ERR_INVALID_OPTION', 'no labels'));
});

describe('bad input', () => {
  test.each<[object, string]>([
    [{ outputs: 'model' }, "unknown option 'outputs' of segment: did you mean 'output'?"],
    [{ output: 'modell' }, "for output but received 'modell': did you mean 'model'?"],
    [{ confidence: 0.5 }, 'expected true or false for confidence but received 0.5'],
    [{ masks: 'red' }, "expected true, false or an array of labels or class indices for masks but received 'red'"],
    [{ masks: ['rad'] }, "masks: the model has no label 'rad': did you mean 'red'?"],
    [{ masks: [4] }, 'labels or whole numbers from 0 to 3 for masks but received 4'],
    [{ masks: [voidClass] }, 'for masks but received 255'],
    [{ masks: [null] }, 'for masks but received null'],
    [{ rotation: 30 }, 'a multiple of 90 degrees for rotation'],
    [{ region: { x: 4, y: 0, width: 8, height: 8 } }, 'a region inside the picture of 8 x 8 pixels but received x 4'],
    [{ scoreThreshold: 0.5 }, "unknown option 'scoreThreshold' of segment"],
    [{ signal: 1 }, 'an AbortSignal for signal'],
  ])('options %j are refused', async (options, message) => {
    expect(await rejectionOf(segmenter.segment(small, options))).toMatch(matching('ERR_INVALID_OPTION', message));
  });

  test('pictures of odd sizes and kinds', async () => {
    for (const [name, { image, width, height, bright }] of Object.entries(await oddPictures())) {
      const result = await segmenter.segment(image);
      expect({ name, size: [result.width, result.height, result.mapWidth, result.mapHeight] }).toEqual({
        name,
        size: [width, height, width, height],
      });
      expect(result.classMap).toHaveLength(width * height);
      bright.forEach((labels, i) => {
        const x = Math.floor((width * (1 + 2 * (i % 2))) / 4);
        const y = Math.floor((height * (i < 2 ? 1 : 3)) / 4);
        const label = pixelLabels[result.classMap[y * width + x] as number];
        // White is as much red as green and blue.
        expect([name, i, label]).toEqual([name, i, expect.stringMatching(labels.join('|') || 'background')]);
      });
      expect(legendCounts(result)).toEqual(histogram(result.classMap));
    }
  });
});

describe('stream', () => {
  test('in order, each with maps of its own; failures at their place, or at the end', async () => {
    const missing = join(photos, 'missing.png');
    const pictures = [noise(8, 8), noise(8, 6), noise(5, 8)] as const;
    const images = [pictures[0], missing, pictures[1], Buffer.from('no image'), pictures[2]];
    const maps: unknown[] = [];
    for await (const result of segmenter.stream(images, { onError: 'yield', concurrency: 5, masks: true })) {
      maps.push('error' in result ? result.error.code : Array.from(result.classMap));
    }
    const [first, second, third] = pictures.map((picture) => expectedMap(picture));
    expect(maps).toEqual([first, 'ERR_IMAGE_NOT_FOUND', second, 'ERR_IMAGE_DECODE', third]);
    const stream = segmenter.stream(images);
    expect((await stream.next()).value?.legend.length).toBeGreaterThan(0);
    expect(await rejectionOf(stream.next())).toMatch(matching('ERR_IMAGE_NOT_FOUND', 'missing.png'));
  });

  test('options are checked at once', () => {
    expect(() => segmenter.stream([], { masks: ['grene'] })).toThrow(/did you mean 'green'/);
    expect(() => segmenter.stream([], { confidenze: true } as never)).toThrow(/did you mean 'confidence'/);
  });
});

test('aborts reject with the reason', async () => {
  const signal = AbortSignal.abort();
  await expect(segmenter.segment(small, { signal })).rejects.toBe(signal.reason);
  const controller = new AbortController();
  const calls = Promise.allSettled(Array.from({ length: 50 }, () => segmenter.segment(small, { signal: controller.signal })));
  controller.abort();
  expect(await calls).toEqual(Array(50).fill({ status: 'rejected', reason: controller.signal.reason }));
  expect(Array.from((await segmenter.segment(small)).classMap)).toEqual(expectedMap(small));
});

test('after dispose every call is ERR_DISPOSED', async () => {
  const doomed = await Segmenter.load(pixelModel());
  const inWork = Promise.allSettled([doomed.segment(small), doomed.segment(small)]);
  await Promise.all([doomed.dispose(), doomed.dispose()]);
  expect(await inWork).toEqual(
    Array(2).fill(expect.objectContaining({ reason: expect.objectContaining({ code: 'ERR_DISPOSED' }) })),
  );
  expect(await rejectionOf(doomed.segment(small))).toMatch(matching('ERR_DISPOSED', "the Segmenter of model 'pixels'"));
});

(existsSync(bundled) ? describe : describe.skip)('the bundled DeepLab', () => {
  test('knows a cat', async () => {
    const deeplab = await Segmenter.load('deeplab-v3-mobilenet-v2-pascal');
    const { legend, classMap, masks } = await deeplab.segment(join(photos, 'chelsea.png'), { masks: ['cat'] });
    const cat = legend.find(({ label }) => label === 'cat');
    expect(cat).toMatchObject({ index: 8, color: [64, 0, 0] });
    expect(cat?.pixels).toBeGreaterThan(0.6 * 451 * 300);
    // The middle is fur, the top left corner is not.
    expect([classMap[150 * 451 + 225], masks?.[0]?.mask[150 * 451 + 225], classMap[0]]).toEqual([8, 255, 0]);
    await deeplab.dispose();
  });
});
