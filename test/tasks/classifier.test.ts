import { getEventListeners } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { Classifier, type ClassifyOptions, MobileNetError, type RawImage } from '../../lib/index';
import { Session } from '../../lib/runtime/session';
import { matching, rejectionOf } from '../error-of';
import { quarters } from '../images/fixtures';
import { defaultDevice } from '../runtime/metal-device';
import { colorLabels, colorModel } from './color-model';

const photos = join(__dirname, '../../photos');
const bundled = join(__dirname, '../../models/registry.json');
const folder = mkdtempSync(join(os.tmpdir(), 'mobilenet-tasks-'));
const modelFile = join(folder, 'colors.safetensors');

/** Top left red, top right green, bottom left blue, bottom right white. */
let picture: RawImage;
let classifier: Classifier;

beforeAll(async () => {
  const { data, info } = await quarters(64, 32).raw().toBuffer({ resolveWithObject: true });
  picture = { data, width: info.width, height: info.height, channels: 3 };
  writeFileSync(modelFile, colorModel());
  classifier = await Classifier.load(colorModel());
});

afterAll(async () => {
  await classifier?.dispose();
  rmSync(folder, { recursive: true });
});

const best = async (options?: ClassifyOptions, image: unknown = picture) =>
  (await classifier.classify(image as RawImage, options)).categories[0]?.label;

describe('load', () => {
  test('from bytes, a path and a URL, with progress and warm-up', async () => {
    const progress: number[] = [];
    const onProgress = ({ loadedBytes, totalBytes }: { loadedBytes: number; totalBytes: number }) =>
      progress.push(loadedBytes / totalBytes);
    for (const source of [colorModel(), new Uint8Array(colorModel()).buffer, modelFile, pathToFileURL(modelFile)]) {
      const loaded = await Classifier.load(source, { onProgress, warmup: true, threads: 1, framesInFlight: 1, device: 'cpu' });
      expect(loaded).toMatchObject({ device: 'cpu', labels: colorLabels, classes: 4 });
      expect(loaded.model).toMatchObject({ name: 'colors', task: 'classify', license: 'CC0-1.0', preprocessing: { width: 2 } });
      expect((await loaded.classify(picture)).categories[0]?.label).toBe('red');
      await loaded.dispose();
    }
    expect(progress.at(-1)).toBe(1);
  });

  test.each<[string, object, string]>([
    ['devise', { devise: 'cpu' }, "unknown option 'devise' of Classifier.load: did you mean 'device'?"],
    ['device', { device: 'gpu' }, "for device but received 'gpu'"],
    ['threads', { threads: 0 }, 'a whole number from 1 to 256 for threads but received 0'],
    ['framesInFlight', { framesInFlight: 17 }, 'from 1 to 16 for framesInFlight'],
    ['decode', { decode: 'quick' }, "for decode but received 'quick'"],
    ['maxPixels', { maxPixels: 0 }, 'for maxPixels but received 0'],
    ['warmup', { warmup: 1 }, 'true or false for warmup'],
    ['onProgress', { onProgress: 1 }, 'a function for onProgress'],
    ['signal', { signal: {} }, 'an AbortSignal for signal but received an object'],
    ['options', [] as object, 'an object'],
  ])('refuses bad options: %s', async (_, options, message) => {
    expect(await rejectionOf(Classifier.load(modelFile, options))).toMatch(matching('ERR_INVALID_OPTION', message));
  });

  test('refuses bad models', async () => {
    expect(await rejectionOf(Classifier.load(42 as never))).toMatch(matching('ERR_INVALID_OPTION', 'the model but received 42'));
    expect(await rejectionOf(Classifier.load(join(folder, 'none.safetensors')))).toMatch(matching('ERR_MODEL_NOT_FOUND', 'none'));
    expect(await rejectionOf(Classifier.load(Buffer.from('no model')))).toMatch(matching('ERR_MODEL_CORRUPT'));
    const embedding = colorModel({ task: 'embed', head: undefined, labels: undefined });
    expect(await rejectionOf(Classifier.load(embedding))).toMatch(
      matching('ERR_MODEL_TASK', "Classifier.load needs a model of task 'classify', but 'colors' is one of task 'embed'"),
    );
    const signal = AbortSignal.abort();
    await expect(Classifier.load(modelFile, { signal })).rejects.toBe(signal.reason);
  });
});

describe('classify', () => {
  test('result: scores, size, model, device, timing', async () => {
    const result = await classifier.classify(picture);
    expect(result).toMatchObject({ width: 64, height: 32, model: 'colors', device: defaultDevice });
    expect(result.categories.map(({ index, label }) => [index, label])).toEqual([
      [0, 'red'],
      [1, 'green'],
      [2, 'blue'],
    ]);
    // The unlabelled fourth class is left out but takes part in the softmax, as in the network's own numbers.
    const logits = [6, 0, 0, 100];
    const sum = logits.reduce((total, logit) => total + Math.exp(logit - 100), 0);
    expect(result.categories[0]?.score).toBeCloseTo(Math.exp(6 - 100) / sum, 12);
    expect(Object.keys(result.timing)).toEqual(['decode', 'queue', 'preprocess', 'network', 'postprocess']);
    expect(Object.values(result.timing).every((time) => time >= 0 && time < 60_000)).toBe(true);
  });

  test('region and rotation', async () => {
    expect(await best({ region: { x: 32, y: 0, width: 32, height: 16 } })).toBe('green');
    expect(await best({ region: { x: 0, y: 16, width: 32, height: 16 } })).toBe('blue');
    expect(await best({ rotation: 90 })).toBe('blue');
    expect(await best({ rotation: -90 })).toBe('green');
    expect(await best({ rotation: 270, region: { x: 0, y: 0, width: 64, height: 32 } })).toBe('green');
    const outside = classifier.classify(picture, { region: { x: 40, y: 0, width: 32, height: 16 } });
    expect(await rejectionOf(outside)).toMatch(matching('ERR_INVALID_OPTION', 'inside the picture of 64 x 32 pixels'));
  });

  test.each(['jpeg', 'png', 'webp'] as const)('fast mode, %s: regions in source pixels', async (format) => {
    const encoded = await quarters(640, 320).toFormat(format).toBuffer();
    const fast = await Classifier.load(modelFile, { decode: 'fast' });
    const result = await fast.classify(encoded, { region: { x: 320, y: 0, width: 320, height: 160 } });
    expect(result).toMatchObject({ width: 640, height: 320 });
    expect(result.categories[0]?.label).toBe('green');
    await fast.dispose();
  });

  test('topK, scoreThreshold, allow, deny', async () => {
    expect((await classifier.classify(picture, { topK: 1 })).categories).toHaveLength(1);
    expect((await classifier.classify(picture, { scoreThreshold: 0.5 })).categories).toEqual([]);
    expect(await best({ deny: ['red', 2] })).toBe('green');
    expect(await best({ allow: ['blue'] })).toBe('blue');
    expect((await classifier.classify(picture, { allow: ['blue'] })).categories).toHaveLength(1);
  });

  test.each<[object, string]>([
    [{ topk: 3 }, "unknown option 'topk' of classify: did you mean 'topK'?"],
    [{ topK: 5 }, 'a whole number from 1 to 4 for topK but received 5'],
    [{ topK: -1 }, 'for topK but received -1'],
    [{ scoreThreshold: 2 }, 'expected a number from 0 to 1 for scoreThreshold but received 2'],
    [{ rotation: 45 }, 'a multiple of 90 degrees for rotation but received 45'],
    [{ region: 'all' }, 'region'],
    [{ allow: ['rad'] }, "did you mean 'red'?"],
    [{ allow: ['red'], deny: ['blue'] }, 'both'],
    [{ signal: true }, 'an AbortSignal for signal'],
    [{ concurrency: 2 }, "unknown option 'concurrency' of classify"],
  ])('refuses %j', async (options, message) => {
    expect(await rejectionOf(classifier.classify(picture, options))).toMatch(matching('ERR_INVALID_OPTION', message));
  });

  test('many calls at once, of all kinds, each get their own answer', async () => {
    const regions = [0, 1, 2].map((i) => ({ x: (i % 2) * 32, y: i < 2 ? 0 : 16, width: 32, height: 16 }));
    const calls = Array.from({ length: 120 }, (_, i) => best({ region: regions[i % 3] }));
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 120 }, (_, i) => colorLabels[i % 3]));
  });

  test('one signal for many calls brings no warning and keeps no listeners', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 40 }, () => classifier.classify(picture, { signal })));
    for await (const _ of classifier.stream(Array(40).fill(picture), { signal, concurrency: 30 })) {
    }
    await setTimeout(10);
    process.off('warning', listen);
    expect(warnings).toEqual([]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('abort: before, and in the middle of many', async () => {
    const signal = AbortSignal.abort();
    await expect(classifier.classify(picture, { signal })).rejects.toBe(signal.reason);
    const controller = new AbortController();
    const jpeg = await quarters(2000, 2000).jpeg().toBuffer();
    const calls = Promise.allSettled(Array.from({ length: 20 }, () => classifier.classify(jpeg, { signal: controller.signal })));
    await setTimeout(5);
    controller.abort();
    const rejected = (await calls).filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(rejected.length).toBeGreaterThan(0);
    expect(rejected.every(({ reason }) => reason === controller.signal.reason)).toBe(true);
    expect(await best()).toBe('red');
  });
});

describe('stream', () => {
  const missing = join(folder, 'missing.png');

  test('in order, from arrays, generators and promises', async () => {
    const turned = await quarters(64, 32).rotate(90).png().toBuffer();
    const images = [picture, turned, Promise.resolve(picture), join(photos, 'coffee.png')];
    const sizes: number[] = [];
    for await (const { width } of classifier.stream(images, { concurrency: 2, topK: 1 })) {
      sizes.push(width);
    }
    expect(sizes).toEqual([64, 32, 64, 600]);
  });

  test("onError 'yield' puts the failure at its place; 'throw' ends there", async () => {
    const images = [picture, missing, 42 as never, picture];
    const outcomes: unknown[] = [];
    for await (const result of classifier.stream(images, { onError: 'yield' })) {
      outcomes.push('error' in result ? [result.error.code, result.image] : result.categories[0]?.label);
    }
    expect(outcomes).toEqual(['red', ['ERR_IMAGE_NOT_FOUND', missing], ['ERR_INVALID_OPTION', 42], 'red']);
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const { categories } of classifier.stream(images)) {
        seen.push(categories[0]?.label);
      }
    })();
    expect(await rejectionOf(reading)).toMatch(matching('ERR_IMAGE_NOT_FOUND', 'missing.png'));
    expect(seen).toEqual(['red']);
  });

  test('takes images only as results are taken', async () => {
    let taken = 0;
    function* endless() {
      for (;;) {
        taken++;
        yield picture;
      }
    }
    let results = 0;
    for await (const _ of classifier.stream(endless(), { concurrency: 4 })) {
      expect(taken).toBeLessThanOrEqual(++results + 4);
      if (results === 30) {
        break;
      }
    }
    const before = taken;
    await setTimeout(20);
    expect(taken).toBe(before);
  });

  test('options are checked at once', () => {
    expect(() => classifier.stream([], { concurrency: 0 })).toThrow(/from 1 to 1024 for concurrency but received 0/);
    expect(() => classifier.stream([], { onError: 'skip' as never })).toThrow(/'throw', 'yield' for onError/);
    expect(() => classifier.stream([], { topk: 1 } as never)).toThrow(/did you mean 'topK'/);
    expect(() => classifier.stream('a.jpg' as never)).toThrow(/an array or another iterable of images/);
    expect(() => classifier.stream(Buffer.alloc(3) as never)).toThrow(/an iterable of images/);
  });

  test.each([
    ['ERR_DEVICE_LOST', ['red', 'ERR_DEVICE_LOST', 'red']],
    ['ERR_OUT_OF_MEMORY', ['red', 'ERR_OUT_OF_MEMORY', 'red']],
    ['ERR_NO_DEVICE', ['red', 'thrown: ERR_NO_DEVICE']],
  ] as const)('with yield, what comes after %s', async (code, expected) => {
    const run = jest.spyOn(Session.prototype, 'run');
    const seen: string[] = [];
    try {
      for await (const result of classifier.stream(Array(3).fill(picture), { onError: 'yield', concurrency: 1 })) {
        seen.push('error' in result ? result.error.code : (result.categories[0]?.label ?? ''));
        if (seen.length === 1) {
          run.mockRejectedValueOnce(new MobileNetError(code, 'the GPU failed'));
        }
      }
    } catch (error) {
      seen.push(`thrown: ${(error as MobileNetError).code}`);
    } finally {
      run.mockRestore();
    }
    expect(seen).toEqual(expected);
  });

  test('a signal ends it with the reason', async () => {
    const controller = new AbortController();
    const stream = classifier.stream(Array(50).fill(picture), { signal: controller.signal, onError: 'yield' });
    await stream.next();
    controller.abort();
    await expect(stream.next()).rejects.toBe(controller.signal.reason);
  });
});

describe('dispose', () => {
  test('is idempotent; calls in work and later ones are ERR_DISPOSED', async () => {
    const doomed = await Classifier.load(modelFile);
    const jpeg = await quarters(1000, 1000).jpeg().toBuffer();
    const inWork = Promise.allSettled([doomed.classify(jpeg), doomed.classify(jpeg)]);
    await Promise.all([doomed.dispose(), doomed.dispose()]);
    await doomed[Symbol.asyncDispose]();
    for (const outcome of await inWork) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ERR_DISPOSED' } });
      expect((outcome as PromiseRejectedResult).reason).toBeInstanceOf(MobileNetError);
    }
    expect(await rejectionOf(doomed.classify(picture))).toMatch(matching('ERR_DISPOSED', "Classifier of model 'colors'"));
    expect(() => doomed.stream([])).toThrow(MobileNetError);
  });
});

(existsSync(bundled) ? describe : describe.skip)('the bundled MobileNet V1', () => {
  test('knows a cat and a cup', async () => {
    const mobilenet = await Classifier.load('mobilenet-v1-0.25-224');
    const names = ['chelsea.png', 'coffee.png'];
    const labels: string[][] = [];
    for await (const { categories } of mobilenet.stream(names.map((name) => join(photos, name)))) {
      labels.push(categories.map(({ label }) => label));
    }
    expect(labels[0]?.[0]).toMatch(/cat|tabby|lynx/i);
    expect(labels[1]?.join()).toMatch(/espresso|cup|coffee/i);
    await mobilenet.dispose();
  });
});
