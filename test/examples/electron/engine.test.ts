import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { maxPhotoBytes } from '../../../examples/electron/src/limits';
import { Classifier, Detector, Segmenter, version } from '../../../lib';
import type { Choice, EngineError, FrameListener, RunResult } from '../../../page/src/engine/engine';
import { colorModel } from '../../tasks/color-model';
import { EngineApp } from './double/engine-app';
import { until } from './double/until';

const photos = path.join(__dirname, '../../../photos');
const chelsea = readFileSync(path.join(photos, 'chelsea.png'));
const folder = mkdtempSync(path.join(os.tmpdir(), 'mobilenet-electron-'));
const photo = () => new File([chelsea], 'chelsea.png', { type: 'image/png' });
const never = new AbortController().signal;

const classify = { task: 'classify', model: 'mobilenet-v1-0.25-224', device: 'cpu' } as const;
const detect = { task: 'detect', model: 'ssdlite-mobilenet-v2-coco', device: 'cpu' } as const;
const segment = { task: 'segment', model: 'deeplab-v3-mobilenet-v2-pascal', device: 'cpu' } as const;

let app: EngineApp;

beforeAll(() => {
  app = new EngineApp();
});

afterAll(() => {
  app.close();
  rmSync(folder, { recursive: true });
});

/** `<code> <message>` of what a call rejects with. */
const rejection = (call: Promise<unknown>) =>
  call.then(
    () => 'nothing was thrown',
    ({ code, message }: EngineError) => `${code} ${message}`,
  );

/** What was told of a stream's frames, in order. */
class Log implements FrameListener {
  readonly results: RunResult[] = [];
  readonly failures: EngineError[] = [];
  drops = 0;
  readonly ends: (EngineError | undefined)[] = [];

  result(result: RunResult): void {
    this.results.push(result);
  }

  failed(error: EngineError): void {
    this.failures.push(error);
  }

  dropped(count: number): void {
    this.drops += count;
  }

  closed(error?: EngineError): void {
    this.ends.push(error);
  }
}

/** All of one grey. */
function frame(level: number, width = 64, height = 48): ImageData {
  return { data: new Uint8ClampedArray(width * height * 4).fill(level), width, height } as ImageData;
}

describe('what the engine is', () => {
  test('describe, listModels, listDevices', async () => {
    const engine = app.engine();
    expect(await engine.describe()).toEqual({ home: 'electron', version, maxBytes: maxPhotoBytes, maxPixels: 2 ** 27 });
    const models = await engine.listModels();
    expect(models.map(({ name }) => name)).toEqual(expect.arrayContaining([classify.model, detect.model, segment.model]));
    expect(models.find(({ name }) => name === classify.model)).toMatchObject({
      task: 'classify',
      location: 'bundled',
      license: 'Apache-2.0',
    });
    expect(models.every(({ location }) => location !== 'available')).toBe(true);
    expect(await engine.listDevices()).toContainEqual(expect.objectContaining({ id: 'cpu', type: 'cpu' }));
  });

  test('load tells progress and what the model takes', async () => {
    const progress: number[] = [];
    const loaded = await app
      .engine()
      .load(detect, ({ loadedBytes, totalBytes }) => progress.push(loadedBytes / totalBytes), never);
    expect(loaded).toMatchObject({ name: detect.model, task: 'detect', device: 'cpu', inputWidth: 300, inputHeight: 300 });
    expect(loaded.labels).toContain('cat');
    expect(progress.at(-1)).toBe(1);
    expect(progress.length).toBeGreaterThan(1);
  });
});

describe('results are those of the package', () => {
  test('classify', async () => {
    const classifier = await Classifier.load(classify.model, { device: 'cpu' });
    const { timing, ...own } = await classifier.classify(chelsea, { topK: 3 });
    await classifier.dispose();
    const result = await app.engine().run(classify, photo(), { topK: 3 }, never);
    expect(result).toEqual({ ...own, timing: expect.objectContaining({ network: expect.any(Number) }) });
    expect(timing.network).toBeGreaterThan(0);
  });

  test('detect', async () => {
    const detector = await Detector.load(detect.model, { device: 'cpu' });
    const { detections } = await detector.detect(chelsea, { scoreThreshold: 0.3 });
    await detector.dispose();
    const result = await app.engine().run(detect, photo(), { scoreThreshold: 0.3 }, never);
    expect(result.detections).toEqual(detections);
    expect(detections[0]?.label).toBe('cat');
  });

  test('segment: the class map is copied byte for byte', async () => {
    const segmenter = await Segmenter.load(segment.model, { device: 'cpu' });
    const { classMap, legend } = await segmenter.segment(chelsea);
    await segmenter.dispose();
    const result = await app.engine().run(segment, photo(), {}, never);
    expect(Buffer.compare(result.classMap, classMap)).toBe(0);
    expect(result).toMatchObject({ legend, mapWidth: 451, mapHeight: 300 });
  });
});

describe('errors cross with code and message', () => {
  test.each<[string, () => Promise<unknown>, RegExp]>([
    ['options', () => app.engine().run(classify, photo(), { topK: 0 }, never), /^ERR_INVALID_OPTION .*topK but received 0/],
    ['bytes', () => app.engine().run(classify, new File(['no picture'], 'note.png'), {}, never), /^ERR_IMAGE_DECODE .*note\.png/],
    [
      'a model that is not there',
      () => app.engine().run({ ...classify, model: 'mobilenet-v9' }, photo(), {}, never),
      /^ERR_MODEL_NOT_FOUND there is no model 'mobilenet-v9' here: there are /,
    ],
    [
      'a path in place of a name',
      () => app.engine().run({ ...classify, model: path.join(photos, 'chelsea.png') }, photo(), {}, never),
      /^ERR_MODEL_NOT_FOUND there is no model/,
    ],
    [
      'a model for something else',
      () => app.engine().run({ ...classify, task: 'detect' }, photo(), {}, never),
      /^ERR_MODEL_TASK /,
    ],
    ['a device', () => app.engine().run({ ...classify, device: 'gpu' }, photo(), {}, never), /^ERR_INVALID_OPTION .*'gpu'/],
    [
      'a file that is too large',
      () => app.engine().run(classify, new File([new Uint8Array(maxPhotoBytes + 1)], 'huge.png'), {}, never),
      /^ERR_BODY_TOO_LARGE 'huge\.png': expected at most 67108864 bytes but received 67108865$/,
    ],
    [
      'no choice',
      () => app.engine().run({ ...classify, task: 'embed' } as unknown as Choice & { task: 'classify' }, photo(), {}, never),
      /^ERR_INVALID_OPTION expected a choice of a task/,
    ],
  ])('%s', async (_, call, expected) => {
    expect(await rejection(call())).toMatch(expected);
  });
});

describe('aborts', () => {
  const isIdle = async () => (await app.engine().run(classify, photo(), { topK: 1 }, never)).categories.length === 1;

  test('before the call', async () => {
    await expect(app.engine().run(classify, photo(), {}, AbortSignal.abort('before'))).rejects.toBe('before');
  });

  test('of runs: those under way reject with the reason at once, and the next goes on', async () => {
    const abort = new AbortController();
    const first = app.engine().run(segment, photo(), {}, never);
    const running = Array.from({ length: 8 }, () => app.engine().run(segment, photo(), {}, abort.signal));
    await first;
    const reason = new Error('the user has had enough');
    abort.abort(reason);
    expect((await Promise.allSettled(running)).at(-1)).toEqual({ status: 'rejected', reason });
    expect(await isIdle()).toBe(true);
  });

  test('of a load that nobody else waits for', async () => {
    const abort = new AbortController();
    const loading = app.engine().load({ ...detect, device: 'auto' }, () => abort.abort('changed my mind'), abort.signal);
    await expect(loading).rejects.toBe('changed my mind');
    expect(await isIdle()).toBe(true);
  });
});

describe('frames', () => {
  test('are answered in order; those there is no time for are dropped, but never the newest', async () => {
    const log = new Log();
    const stream = await app.engine().openStream(classify, { topK: 1 }, log);
    for (let i = 0; i < 20; i++) {
      stream.send(frame(i * 12, 64 + i, 48));
    }
    expect(stream.unanswered).toBe(3); // two at work, the newest waits
    expect(log.drops).toBe(17);
    await until(() => stream.unanswered === 0);
    expect(log.results.map(({ width }) => width)).toEqual([64, 65, 83]);
    stream.send(frame(0, 100, 48));
    await until(() => log.results.length === 4);
    stream.close();
    expect(log.ends).toEqual([]);
    await until(() => log.ends.length === 1);
    expect(log).toMatchObject({ ends: [undefined], failures: [], drops: 17 });
  });

  test('that are wrong fail alone', async () => {
    const log = new Log();
    const stream = await app.engine().openStream(detect, {}, log);
    stream.send({ ...frame(0), width: 63 } as ImageData);
    stream.send(frame(0));
    await until(() => stream.unanswered === 0);
    expect(log.failures.map(({ code }) => code)).toEqual(['ERR_INVALID_OPTION']);
    expect(log.results).toHaveLength(1);
    stream.close();
  });

  test('a stream with wrong options does not run', async () => {
    const log = new Log();
    const stream = await app.engine().openStream(classify, { topK: -1 }, log);
    await until(() => log.ends.length === 1);
    expect(log.ends[0]).toMatchObject({ code: 'ERR_INVALID_OPTION', message: expect.stringContaining('topK') });
    stream.send(frame(0));
    expect(stream.unanswered).toBe(0);
  });

  test('of a model that is not there: no stream', async () => {
    const opening = app.engine().openStream({ ...classify, model: 'none' }, {}, new Log());
    expect(await rejection(opening)).toMatch(/^ERR_MODEL_NOT_FOUND /);
  });

  test('whoever sends more than may be is told by ERR_BUSY', async () => {
    const bridge = app.page.bridge;
    const opened = await bridge?.call(1e6, 'openStream', { choice: segment, options: {} });
    const { stream, framesInFlight } = (opened as { value: { stream: number; framesInFlight: number } }).value;
    const ended = new Promise((resolve) => bridge?.listen(stream, { answered: () => {}, closed: resolve }));
    for (let i = 0; i < framesInFlight + 5; i++) {
      bridge?.sendFrame(stream, frame(0));
    }
    expect(await ended).toMatchObject({ code: 'ERR_BUSY' });
  });

  test('no text is taken for a picture', async () => {
    const bridge = app.page.bridge;
    const opened = await bridge?.call(1e6 + 1, 'openStream', { choice: classify, options: {} });
    const { stream } = (opened as { value: { stream: number } }).value;
    const ended = new Promise((resolve) => bridge?.listen(stream, { answered: () => {}, closed: resolve }));
    bridge?.sendFrame(stream, path.join(photos, 'chelsea.png') as never);
    expect(await ended).toMatchObject({ code: 'ERR_INVALID_OPTION' });
  });
});

describe('model files that are opened', () => {
  const file = path.join(folder, 'colors.safetensors');

  beforeAll(() => writeFileSync(file, colorModel()));

  test('can be chosen, under their own names', async () => {
    app.networks.openModel(file);
    await until(() => app.notices.length === 1);
    expect(app.notices).toEqual([{ type: 'model-opened', path: file, name: 'colors' }]);
    const [first] = await app.engine().listModels();
    expect(first).toEqual({
      name: 'colors',
      task: 'classify',
      description: 'The colour in the top left corner',
      license: 'CC0-1.0',
      location: 'given',
      bytes: readFileSync(file).length,
    });
    const { categories } = await app.engine().run({ ...classify, model: 'colors' }, photo(), { topK: 1 }, never);
    expect(categories).toHaveLength(1);
  });

  test('a file that is none is refused with the reason', async () => {
    const none = path.join(folder, 'none.safetensors');
    writeFileSync(none, 'this is no model file');
    app.networks.openModel(none);
    await until(() => app.notices.length === 2);
    expect(app.notices[1]).toMatchObject({ type: 'model-refused', path: none, error: { code: 'ERR_MODEL_CORRUPT' } });
  });

  test('two of one name are told apart', async () => {
    const other = path.join(folder, 'other.safetensors');
    writeFileSync(other, colorModel());
    app.networks.openModel(other);
    await until(() => app.notices.length === 3);
    expect(app.notices[2]).toMatchObject({ name: 'colors (other.safetensors)' });
  });

  test('are there again after a crash, before anything asks for them', async () => {
    app.process.crash();
    await until(() => app.processes.length === 2);
    const { categories } = await app.engine().run({ ...classify, model: 'colors' }, photo(), { topK: 1 }, never);
    expect(categories).toHaveLength(1);
    expect(app.notices).toHaveLength(3);
  });
});

describe('when the process dies', () => {
  test('what runs rejects with ERR_SERVER_GONE, what comes after runs in the next one', async () => {
    const engine = app.engine();
    await engine.load(segment, () => {}, never);
    const log = new Log();
    const stream = await engine.openStream(classify, {}, log);
    const before = app.process;
    const running = [engine.run(segment, photo(), {}, never), engine.run(segment, photo(), {}, never)];
    stream.send(frame(1));
    before.crash();
    for (const run of running) {
      expect(await rejection(run)).toBe('ERR_SERVER_GONE the process that runs the networks ended with code 137');
    }
    await until(() => log.ends.length === 1);
    expect(log.ends[0]).toMatchObject({ code: 'ERR_SERVER_GONE' });
    const result = await engine.run(detect, photo(), {}, never);
    expect(result.detections[0]?.label).toBe('cat');
    expect(app.process).not.toBe(before);
  });
});

test('a page that is loaded anew gets a port of its own, and what the one before had asked for ends', async () => {
  const before = app.engine();
  const abandoned = before.run(segment, photo(), {}, never);
  abandoned.catch(() => {});
  await before.openStream(classify, {}, new Log());
  app.page.load();
  const { categories } = await app.engine().run(classify, photo(), { topK: 1 }, never);
  expect(categories).toHaveLength(1);
  expect(app.process.pid).toBeDefined();
});
