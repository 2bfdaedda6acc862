import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Detector, MobileNetError, type RawImage, type Region } from '../../lib/index';
import { Session } from '../../lib/runtime/session';
import { matching, rejectionOf } from '../error-of';
import { quarters } from '../images/fixtures';
import { defaultDevice } from '../runtime/metal-device';
import { boxDetector, disposeBoxDetectors, found, fourPixels, quartersPicture, rectangle, red } from './box-detectors';
import { boxModel, scoreOf } from './box-model';
import { colorModel } from './color-model';
import { oddPictures } from './odd-pictures';

const photos = join(__dirname, '../../photos');
const bundled = join(__dirname, '../../models/registry.json');

/** Top left red, top right green, bottom left blue, bottom right white. */
let picture: RawImage;
let detector: Detector;
let growing: Detector;

beforeAll(async () => {
  picture = await quartersPicture();
  detector = await boxDetector();
  growing = await boxDetector({ grow: 2 });
});

afterAll(disposeBoxDetectors);

const pictureBoxes = [
  'blue 0 16 32 16',
  'blue 32 16 32 16',
  'green 32 0 32 16',
  'green 32 16 32 16',
  'red 0 0 32 16',
  'red 32 16 32 16',
];

describe('load', () => {
  test('what it says of the model', async () => {
    const progress: number[] = [];
    const warm = await boxDetector({}, { warmup: true, onProgress: ({ loadedBytes }) => progress.push(loadedBytes) });
    expect(warm).toMatchObject({ device: defaultDevice, classes: 3, labels: [null, 'red', 'green', 'blue', null] });
    expect(warm.model).toMatchObject({ name: 'boxes', task: 'detect', head: { classSlots: 5 } });
    expect((await boxDetector({ changes: { labels: undefined } })).classes).toBe(4);
  });

  test('refuses models of another task and unknown options', async () => {
    expect(await rejectionOf(Detector.load(colorModel()))).toMatch(
      matching('ERR_MODEL_TASK', "Detector.load needs a model of task 'detect', but 'colors' is one of task 'classify'"),
    );
    expect(await rejectionOf(Detector.load(boxModel(), { thread: 1 } as never))).toMatch(
      matching('ERR_INVALID_OPTION', "unknown option 'thread' of Detector.load: did you mean 'threads'?"),
    );
  });

  test('frees the session when the warm-up fails', async () => {
    const created = jest.spyOn(Session, 'create');
    const run = jest.spyOn(Session.prototype, 'run').mockRejectedValueOnce(new MobileNetError('ERR_INTERNAL', 'no warm-up'));
    try {
      expect(await rejectionOf(Detector.load(boxModel(), { warmup: true }))).toMatch(/no warm-up/);
      expect(run).toHaveBeenCalledTimes(1);
      expect(await created.mock.results[0]?.value).toMatchObject({ disposed: true });
    } finally {
      run.mockRestore();
      created.mockRestore();
    }
  });
});

describe('boxes', () => {
  test('result: best first, with sizes, model, device, timing', async () => {
    const result = await detector.detect(fourPixels(red(200), red(255), [0, 240, 0], red(100)));
    expect(result).toMatchObject({ width: 2, height: 2, model: 'boxes', device: defaultDevice });
    expect(Object.values(result.timing).every((time) => time >= 0 && time < 60_000)).toBe(true);
    const { detections } = result;
    expect(detections.map(({ index, label, box }) => [index, label, box])).toEqual([
      [1, 'red', rectangle(1, 0, 1, 1)],
      [2, 'green', rectangle(0, 1, 1, 1)],
      [1, 'red', rectangle(0, 0, 1, 1)],
    ]);
    [255, 240, 200].forEach((level, i) => {
      expect(detections[i]?.score).toBeCloseTo(scoreOf(level), 4);
    });
  });

  test('region: in pixels of the picture', async () => {
    expect(await found(detector, picture)).toEqual(pictureBoxes);
    expect(await found(detector, picture, { region: rectangle(32, 0, 32, 16) })).toEqual([
      'green 32 0 16 8',
      'green 32 8 16 8',
      'green 48 0 16 8',
      'green 48 8 16 8',
    ]);
  });

  test('rotation: the network looks at the turned picture, boxes lie in the upright one', async () => {
    // A model whose boxes lie half a quarter below what they are of, below in what it sees.
    const down = await boxDetector({ down: 0.5 });
    const expected = [
      [0, rectangle(0, 8, 32, 16)],
      [90, rectangle(16, 0, 32, 16)],
      [180, rectangle(0, 0, 32, 8)],
      [270, rectangle(0, 0, 16, 16)],
      [-90, rectangle(0, 0, 16, 16)],
    ] as const;
    for (const [rotation, box] of expected) {
      const { detections } = await down.detect(picture, { rotation, allow: ['red'] });
      expect(detections).toHaveLength(2);
      expect(detections.map((each) => each.box)).toContainEqual(box);
    }
    const region = rectangle(16, 0, 32, 32);
    const turned = await down.detect(picture, { rotation: 90, region, allow: ['red'] });
    expect(turned.detections.map(({ box }) => box)).toContainEqual(rectangle(24, 0, 16, 16));
  });

  test("clipped at the picture's edges, not at the region's", async () => {
    expect(await found(growing, picture, { allow: ['red'] })).toEqual(['red 0 0 48 24', 'red 16 8 48 24']);
    expect(await found(growing, picture, { allow: ['red'], region: rectangle(16, 8, 32, 16) })).toEqual([
      'red 24 12 32 16',
      'red 8 4 32 16',
    ]);
  });

  test.each([
    ['jpeg', 2],
    ['png', 4],
  ] as const)('fast mode, %s: in pixels of the source, each axis with its own scale', async (format, side) => {
    const fast = await boxDetector({}, { decode: 'fast' });
    const run = jest.spyOn(Session.prototype, 'run');
    try {
      const encoded = await quarters(640, 320).resize(643, 323, { fit: 'fill' }).toFormat(format).toBuffer();
      const { detections, width, height } = await fast.detect(encoded, { allow: ['green'] });
      expect(run.mock.calls[0]?.[0]).toMatchObject({ width: side, height: side });
      expect({ width, height }).toEqual({ width: 643, height: 323 });
      expect(detections.map(({ box }) => box.x)).toEqual([321.5, 321.5]);
      expect(detections.map(({ box }) => box.width)).toEqual([321.5, 321.5]);
      expect(detections.map(({ box }) => box.y).sort()).toEqual([0, 161.5]);
      expect(detections.map(({ box }) => box.height)).toEqual([161.5, 161.5]);
    } finally {
      run.mockRestore();
    }
  });

  test('stay inside the picture to the last bit', async () => {
    const fast = await boxDetector({ grow: 1.7, down: 0.31 }, { decode: 'fast' });
    for (const [width, height] of [
      [1001, 333],
      [777, 1999],
    ] as const) {
      const jpeg = await quarters(64, 32).resize(width, height, { fit: 'fill' }).jpeg().toBuffer();
      const { detections } = await fast.detect(jpeg, {
        scoreThreshold: 0,
        region: rectangle(0.3, 0.7, width - 0.3, height - 0.7),
      });
      expect(detections.length).toBeGreaterThan(6);
      for (const { box } of detections) {
        expect(Math.min(box.x, box.y, width - box.x - box.width, height - box.y - box.height)).toBeGreaterThanOrEqual(0);
        expect(Math.min(box.width, box.height)).toBeGreaterThan(0);
      }
    }
  });
});

describe('bad input', () => {
  test.each<[object, string]>([
    [{ scoreTreshold: 0.5 }, "unknown option 'scoreTreshold' of detect: did you mean 'scoreThreshold'?"],
    [{ scoreThreshold: 2 }, 'expected a number from 0 to 1 for scoreThreshold but received 2'],
    [{ scoreThreshold: Number.NaN }, 'a number from 0 to 1 for scoreThreshold but received NaN'],
    [{ scoreThreshold: '0.5' }, "for scoreThreshold but received '0.5'"],
    [{ iouThreshold: -0.1 }, 'expected a number from 0 to 1 for iouThreshold but received -0.1'],
    [{ iouThreshold: 1.01 }, 'for iouThreshold but received 1.01'],
    [{ maxResults: 0 }, 'expected a whole number from 1 to 10000 for maxResults but received 0'],
    [{ maxResults: 10_001 }, 'for maxResults but received 10001'],
    [{ maxResultsPerClass: 1.5 }, 'a whole number from 1 to 10000 for maxResultsPerClass but received 1.5'],
    [{ nonMaxSuppression: 'classagnostic' }, "'classagnostic': did you mean 'class-agnostic'?"],
    [{ allow: ['rad'] }, "allow: the model has no label 'rad': did you mean 'red'?"],
    [{ deny: ['grene'] }, "deny: the model has no label 'grene': did you mean 'green'?"],
    [{ allow: ['background'] }, "allow: the model has no label 'background'"],
    [{ allow: [0] }, 'at least one class to be left for allow'],
    [{ allow: [5] }, 'labels or whole numbers from 0 to 4 for allow but received 5'],
    [{ allow: ['red'], deny: ['blue'] }, 'expected allow or deny but received both'],
    [{ rotation: 30 }, 'a multiple of 90 degrees for rotation'],
    [{ region: rectangle(40, 0, 32, 16) }, 'a region inside the picture of 64 x 32 pixels but received x 40'],
    [{ region: rectangle(0, 0, 0, 16) }, 'a number above 0 for region.width but received 0'],
    [{ topK: 3 }, "unknown option 'topK' of detect"],
    [{ signal: 1 }, 'an AbortSignal for signal'],
  ])('options %j are refused', async (options, message) => {
    expect(await rejectionOf(detector.detect(picture, options))).toMatch(matching('ERR_INVALID_OPTION', message));
  });

  test('pictures of odd sizes and kinds', async () => {
    for (const [name, { image, width, height, bright }] of Object.entries(await oddPictures())) {
      const result = await detector.detect(image);
      const boxes = bright.map((_, i) => rectangle(((i % 2) * width) / 2, i < 2 ? 0 : height / 2, width / 2, height / 2));
      const expected = bright.flatMap((labels, i) => labels.map((label) => ({ label, box: boxes[i] })));
      const received = result.detections.map(({ label, box }) => ({ label, box }));
      expect({ name, width: result.width, height: result.height, count: received.length }).toEqual({
        ...{ name, width, height },
        count: expected.length,
      });
      expect(received).toEqual(expect.arrayContaining(expected));
    }
  });
});

describe('stream', () => {
  const missing = join(photos, 'missing.png');

  test('in order; failures at their place, or at the end', async () => {
    const images = [picture, missing, fourPixels(red(0), red(0), red(0), red(0)), Buffer.from('no image'), picture];
    const counts: unknown[] = [];
    for await (const result of detector.stream(images, { onError: 'yield', concurrency: 3, allow: ['red'] })) {
      counts.push('error' in result ? result.error.code : result.detections.length);
    }
    expect(counts).toEqual([2, 'ERR_IMAGE_NOT_FOUND', 0, 'ERR_IMAGE_DECODE', 2]);
    const stream = detector.stream(images);
    expect((await stream.next()).value?.detections).toHaveLength(6);
    expect(await rejectionOf(stream.next())).toMatch(matching('ERR_IMAGE_NOT_FOUND', 'missing.png'));
  });

  test('options are checked at once', () => {
    expect(() => detector.stream([], { iouThreshold: 2 })).toThrow(/a number from 0 to 1 for iouThreshold but received 2/);
    expect(() => detector.stream([], { maxResult: 2 } as never)).toThrow(/did you mean 'maxResults'/);
  });

  test('boxes belong to their own picture', async () => {
    const sizes = Array.from({ length: 40 }, (_, i) => 10 + 2 * i);
    const images = sizes.map((side) => ({
      data: new Uint8Array(side * side * 3).fill(255),
      width: side,
      height: side,
      channels: 3 as const,
    }));
    let at = 0;
    for await (const { detections, width } of detector.stream(images, { allow: ['red'], concurrency: 8 })) {
      const half = width / 2;
      expect(width).toBe(sizes[at++]);
      expect(detections.map(({ box }) => box)).toContainEqual(rectangle(half, half, half, half));
    }
    expect(at).toBe(sizes.length);
  });
});

test('aborts reject with the reason', async () => {
  const signal = AbortSignal.abort();
  await expect(detector.detect(picture, { signal })).rejects.toBe(signal.reason);
  const controller = new AbortController();
  const calls = Promise.allSettled(Array.from({ length: 50 }, () => detector.detect(picture, { signal: controller.signal })));
  controller.abort();
  expect(await calls).toEqual(Array(50).fill({ status: 'rejected', reason: controller.signal.reason }));
  expect(await found(detector, picture)).toEqual(pictureBoxes);
});

test('after dispose every call is ERR_DISPOSED', async () => {
  const doomed = await Detector.load(boxModel());
  const inWork = Promise.allSettled([doomed.detect(picture), doomed.detect(picture)]);
  await Promise.all([doomed.dispose(), doomed.dispose()]);
  expect(await inWork).toEqual(
    Array(2).fill(expect.objectContaining({ reason: expect.objectContaining({ code: 'ERR_DISPOSED' }) })),
  );
  expect(await rejectionOf(doomed.detect(picture))).toMatch(matching('ERR_DISPOSED', "the Detector of model 'boxes'"));
});

(existsSync(bundled) ? describe : describe.skip)('the bundled SSDLite', () => {
  const cat = join(photos, 'chelsea.png');
  let ssdlite: Detector;
  beforeAll(async () => {
    ssdlite = await Detector.load('ssdlite-mobilenet-v2-coco');
  });
  afterAll(() => ssdlite?.dispose());

  test('knows 80 classes, a cat and a person', async () => {
    expect(ssdlite.classes).toBe(80);
    expect(ssdlite.labels).toHaveLength(91);
    expect(ssdlite.labels.slice(0, 2)).toEqual([null, 'person']);
    const { detections } = await ssdlite.detect(cat);
    expect(detections).toHaveLength(1);
    expect(detections[0]).toMatchObject({ index: 17, label: 'cat', score: expect.closeTo(0.93, 1) });
    const { detections: people } = await ssdlite.detect(join(photos, 'astronaut.png'));
    expect(people[0]).toMatchObject({ index: 1, label: 'person' });
  });

  test('a region around a thing, such as its own box', async () => {
    const [cup] = (await ssdlite.detect(join(photos, 'coffee.png'), { allow: ['cup'] })).detections;
    const region = cup?.box as Region;
    const [again] = (await ssdlite.detect(join(photos, 'coffee.png'), { allow: ['cup'], region })).detections;
    const box = again?.box as Region;
    const overlap =
      (Math.min(region.x + region.width, box.x + box.width) - Math.max(region.x, box.x)) *
      (Math.min(region.y + region.height, box.y + box.height) - Math.max(region.y, box.y));
    expect(overlap / (region.width * region.height)).toBeGreaterThan(0.7);
  });

  test('unknown labels name near ones', async () => {
    expect(await rejectionOf(ssdlite.detect(cat, { allow: ['cat', 'motorbicycle'] }))).toMatch(
      matching('ERR_INVALID_OPTION', "allow: the model has no label 'motorbicycle': did you mean 'motorcycle'?"),
    );
    expect(await rejectionOf(ssdlite.detect(cat, { allow: [12, 26] }))).toMatch(
      matching('ERR_INVALID_OPTION', 'at least one class'),
    );
  });
});
