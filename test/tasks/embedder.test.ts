import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RawImage } from '../../lib/images/image';
import { encodeModel } from '../../lib/models/model-file';
import { Session } from '../../lib/runtime/session';
import { cosineSimilarity } from '../../lib/tasks/cosine-similarity';
import { Embedder, type EmbedderLoadOptions, type EmbedOptions } from '../../lib/tasks/embedder';
import { Network } from '../../lib/tasks/network';
import { matching, rejectionOf } from '../error-of';
import { difference } from '../golden/compare';
import { quarters } from '../images/fixtures';
import { tinyClassifier, tinyDetector, tinyEmbedder, tinySegmenter, tinyTensors } from '../models/tiny-models';
import { defaultDevice } from '../runtime/metal-device';
import { colorModel, featureModel } from './color-model';

const projectRoot = join(__dirname, '../..');
const photo = (name: string) => join(projectRoot, 'photos', name);
const coralCat = join(projectRoot, '../shared/models/coral/cat.bmp');
const whenBundled = existsSync(join(projectRoot, 'models/registry.json')) ? describe : describe.skip;

/** Two pixels of orange above red and blue: R, G and B of each are 1, 0.2, 0 (twice), 1, 0, 0 and 0, 0, 1. */
const picture: RawImage = {
  data: Buffer.from([255, 51, 0, 255, 51, 0, 255, 0, 0, 0, 0, 255]),
  width: 2,
  height: 2,
  channels: 3,
};
const pixels = [1, 0.2, 0, 1, 0.2, 0, 1, 0, 0, 0, 0, 1];

let embedder: Embedder;

beforeAll(async () => {
  // In float16 a GPU would not give the numbers below to the last digit.
  embedder = await Embedder.load(featureModel(), { precision: 'float32' });
});

afterAll(() => embedder?.dispose());

const modelOf = (description: ReturnType<typeof tinyClassifier>) => encodeModel(description, tinyTensors(description));

/** Every session made while `work` runs. */
async function sessionsOf(work: () => Promise<unknown>): Promise<Session[]> {
  const create = jest.spyOn(Session, 'create');
  try {
    await work();
    const made = await Promise.allSettled(create.mock.results.map(({ value }) => value as Promise<Session>));
    return made.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  } finally {
    create.mockRestore();
  }
}

/** What pooling and normalisation should make of a value, in double precision. */
function pooled(values: Float32Array, channels: number, { pooling = 'average', l2Normalize = true }: EmbedOptions): Float32Array {
  const rows = Array.from({ length: values.length / channels }, (_, i) => [...values.subarray(i * channels, (i + 1) * channels)]);
  const column = (channel: number) => rows.map((row) => row[channel] as number);
  const vector = {
    none: () => [...values],
    average: () => Array.from({ length: channels }, (_, c) => column(c).reduce((sum, value) => sum + value, 0) / rows.length),
    max: () => Array.from({ length: channels }, (_, c) => Math.max(...column(c))),
  }[pooling]();
  const length = l2Normalize ? Math.hypot(...vector) : 1;
  return Float32Array.from(vector, (value) => value / length);
}

describe('load', () => {
  test('the default layer: before the last convolution, or the first output', async () => {
    expect(embedder).toMatchObject({ layer: 'clipped', device: defaultDevice, model: { name: 'colors', task: 'classify' } });
    const embedding = await Embedder.load(modelOf({ ...tinyEmbedder() }), { warmup: true, threads: 1, framesInFlight: 1 });
    expect(embedding.layer).toBe('logits');
    const { embedding: vector, shape } = await embedding.embed(picture);
    expect(shape).toEqual({ height: 1, width: 1, channels: 3 });
    expect(vector).toHaveLength(3);
    await embedding.dispose();
  });

  test('layers: all names, with shapes, which nobody can change', async () => {
    expect(embedder.layers).toEqual([
      { name: 'clipped', shape: { height: 2, width: 2, channels: 3 } },
      { name: 'logits', shape: { height: 1, width: 1, channels: 4 } },
    ]);
    expect(Object.isFrozen(embedder.layers)).toBe(true);
    const tiny = await Embedder.load(modelOf(tinyClassifier()));
    expect(tiny.layers.map(({ name }) => name)).toEqual(['conv', 'depthwise', 'add', 'pool', 'logits', 'features']);
    await tiny.dispose();
  });

  test('the option layer, also by the name of an output', async () => {
    const sessions = await sessionsOf(async () => {
      const tiny = await Embedder.load(modelOf(tinyClassifier()), { layer: 'features' });
      expect(tiny.layer).toBe('features');
      const byOutput = await tiny.embed(picture);
      const byOperation = await tiny.embed(picture, { layer: 'add' });
      expect(byOutput).toMatchObject({ layer: 'features', shape: { height: 1, width: 1, channels: 4 } });
      expect(byOperation).toMatchObject({ layer: 'add', embedding: byOutput.embedding });
      await tiny.dispose();
    });
    expect(sessions).toHaveLength(1); // two names of one value
  });

  test('a detector needs a layer; its feature maps are named', async () => {
    const detector = modelOf(tinyDetector());
    expect(await rejectionOf(Embedder.load(detector))).toMatch(
      matching(
        'ERR_INVALID_OPTION',
        "the name of a layer for layer, as the model 'tiny' has none to take by default",
        "'first', 'second'",
      ),
    );
    const loaded = await Embedder.load(detector, { layer: 'second' });
    expect(await loaded.embed(picture)).toMatchObject({ layer: 'second', shape: { channels: 4 } });
    await loaded.dispose();
  });

  test.each([
    ['a classifier', colorModel(), 'logits'],
    ['a segmenter', modelOf(tinySegmenter()), 'logits'],
  ])('so does %s whose last convolution reads the picture', async (_, model, layer) => {
    expect(await rejectionOf(Embedder.load(model))).toMatch(matching('ERR_INVALID_OPTION', `by default: '${layer}'`));
    const loaded = await Embedder.load(model, { layer });
    expect(loaded.layer).toBe(layer);
    await loaded.dispose();
  });

  test('bytes may change once it has loaded', async () => {
    const bytes = featureModel();
    const loaded = await Embedder.load(bytes, { precision: 'float32' });
    bytes.fill(255);
    const { embedding } = await loaded.embed(picture, { layer: 'logits', l2Normalize: false });
    expect([...embedding]).toEqual([6, expect.closeTo(1.2, 6), 0, 100]);
    await loaded.dispose();
  });

  test.each<[object, string]>([
    [{ layr: 'clipped' }, "unknown option 'layr' of Embedder.load: did you mean 'layer'?"],
    [{ layer: 'cliped' }, "layer: the network has no layer 'cliped': did you mean 'clipped'?"],
    [{ layer: 3 }, 'the name of a layer for layer but received 3'],
    [{ layer: null }, 'for layer but received null'],
    [{ threads: 0 }, 'for threads but received 0'],
    [[], 'an object'],
  ])('refuses %j', async (options, message) => {
    expect(await rejectionOf(Embedder.load(featureModel(), options as EmbedderLoadOptions))).toMatch(
      matching('ERR_INVALID_OPTION', message),
    );
  });

  test('refuses bad models, and aborts', async () => {
    expect(await rejectionOf(Embedder.load(42 as never))).toMatch(matching('ERR_INVALID_OPTION', 'the model but received 42'));
    expect(await rejectionOf(Embedder.load(new Uint8Array(100).buffer))).toMatch(matching('ERR_MODEL_CORRUPT'));
    const signal = AbortSignal.abort();
    await expect(Embedder.load(featureModel(), { signal })).rejects.toBe(signal.reason);
  });

  test('a warm-up that fails frees the session', async () => {
    const run = jest.spyOn(Session.prototype, 'run').mockRejectedValueOnce(new Error('no warm-up'));
    const sessions = await sessionsOf(() =>
      expect(Embedder.load(featureModel(), { warmup: true })).rejects.toThrow('no warm-up'),
    );
    run.mockRestore();
    expect(sessions.map(({ disposed }) => disposed)).toEqual([true]);
  });
});

describe('embed', () => {
  test.each<[EmbedOptions, number[]]>([
    [{ pooling: 'none', l2Normalize: false }, pixels],
    [{ pooling: 'average', l2Normalize: false }, [0.75, 0.1, 0.25]],
    [{ pooling: 'max', l2Normalize: false }, [1, 0.2, 1]],
    [{ pooling: 'none' }, pixels.map((value) => value / Math.hypot(...pixels))],
    [{ pooling: 'max' }, [1, 0.2, 1].map((value) => value / Math.hypot(1, 0.2, 1))],
    [{}, [0.75, 0.1, 0.25].map((value) => value / Math.hypot(0.75, 0.1, 0.25))],
  ])('%j', async (options, expected) => {
    const result = await embedder.embed(picture, options);
    expect([...result.embedding]).toEqual(expected.map((value) => expect.closeTo(value, 6)));
    const side = options.pooling === 'none' ? 2 : 1;
    expect(result).toMatchObject({ shape: { height: side, width: side, channels: 3 }, layer: 'clipped' });
    expect(result).toMatchObject({ width: 2, height: 2, model: 'colors', device: defaultDevice });
    expect(Object.keys(result.timing)).toEqual(['decode', 'queue', 'preprocess', 'network', 'postprocess']);
  });

  test('an embedding of zeros stays so', async () => {
    const black: RawImage = { ...picture, data: Buffer.alloc(12) };
    expect([...(await embedder.embed(black)).embedding]).toEqual([0, 0, 0]);
  });

  test('region and rotation', async () => {
    const options: EmbedOptions = { pooling: 'none', l2Normalize: false };
    const right = await embedder.embed(picture, { ...options, region: { x: 1, y: 0, width: 1, height: 2 } });
    expect([...right.embedding]).toEqual([1, 0.2, 0, 1, 0.2, 0, 0, 0, 1, 0, 0, 1].map((value) => expect.closeTo(value, 6)));
    const turned = await embedder.embed(picture, { ...options, rotation: 90 });
    expect([...turned.embedding]).toEqual([1, 0, 0, 1, 0.2, 0, 0, 0, 1, 1, 0.2, 0].map((value) => expect.closeTo(value, 6)));
  });

  test.each<[object, string]>([
    [{ layers: 'clipped' }, "unknown option 'layers' of embed: did you mean 'layer'?"],
    [{ layer: 'logit' }, "no layer 'logit': did you mean 'logits'?"],
    [{ layer: 1 }, 'the name of a layer for layer but received 1'],
    [{ pooling: 'mean' }, "one of 'average', 'max', 'none' for pooling but received 'mean'"],
    [{ pooling: 'Max' }, "did you mean 'max'?"],
    [{ l2Normalize: 'yes' }, "true or false for l2Normalize but received 'yes'"],
    [{ rotation: 45 }, 'a multiple of 90 degrees'],
    [{ region: { x: 1, y: 0, width: 2, height: 2 } }, 'inside the picture of 2 x 2 pixels'],
    [{ concurrency: 2 }, "unknown option 'concurrency' of embed"],
  ])('refuses %j', async (options, message) => {
    expect(await rejectionOf(embedder.embed(picture, options))).toMatch(matching('ERR_INVALID_OPTION', message));
  });

  test('stream: in order, failures at their place, options checked at once', async () => {
    const images = [picture, 42 as never, { ...picture, data: Buffer.alloc(12, 255) }];
    const outcomes: unknown[] = [];
    for await (const result of embedder.stream(images, { onError: 'yield', layer: 'logits', l2Normalize: false })) {
      outcomes.push('error' in result ? result.error.code : result.embedding[2]);
    }
    expect(outcomes).toEqual([0, 'ERR_INVALID_OPTION', 6]);
    expect(() => embedder.stream([], { layer: 'x' })).toThrow("no layer 'x'");
  });
});

describe('sessions of layers', () => {
  test('many calls at once for several layers share one session each', async () => {
    const layers = ['conv', 'depthwise', 'add', 'pool', 'logits'];
    const sessions = await sessionsOf(async () => {
      const tiny = await Embedder.load(modelOf(tinyClassifier()));
      const calls = Array.from({ length: 60 }, (_, i) => tiny.embed(picture, { layer: layers[i % layers.length] as string }));
      const results = await Promise.all(calls);
      results.forEach(({ layer, embedding }, i) => {
        expect(layer).toBe(layers[i % layers.length]);
        expect(embedding).toEqual(results[i % layers.length]?.embedding);
      });
      await tiny.dispose();
    });
    expect(sessions.map(({ outputs }) => outputs[0]?.name).sort()).toEqual([...layers].sort());
    expect(sessions.every(({ disposed }) => disposed)).toBe(true);
  });

  test('a session has only the operations up to its layer', async () => {
    const create = jest.spyOn(Session, 'create');
    const tiny = await Embedder.load(modelOf(tinyClassifier()));
    await tiny.embed(picture, { layer: 'conv' });
    const operations = create.mock.calls.map(([{ description }]) => description.graph.operations.map(({ name }) => name));
    create.mockRestore();
    expect(operations).toEqual([['conv', 'depthwise', 'add', 'pool'], ['conv']]);
    await tiny.dispose();
  });

  test('one that could not be made is tried again', async () => {
    const loaded = await Embedder.load(featureModel());
    const create = jest.spyOn(Session, 'create').mockRejectedValueOnce(new Error('no memory'));
    const both = await Promise.allSettled([1, 2].map(() => loaded.embed(picture, { layer: 'logits' })));
    expect(both).toMatchObject([{ reason: { message: 'no memory' } }, { reason: { message: 'no memory' } }]);
    create.mockRestore();
    expect((await loaded.embed(picture, { layer: 'logits' })).embedding).toHaveLength(4);
    await loaded.dispose();
  });

  test('an abort leaves the making of the session to those who still wait', async () => {
    const sessions = await sessionsOf(async () => {
      const loaded = await Embedder.load(featureModel());
      const controller = new AbortController();
      const aborted = loaded.embed(picture, { layer: 'logits', signal: controller.signal });
      const other = loaded.embed(picture, { layer: 'logits' });
      controller.abort();
      await expect(aborted).rejects.toBe(controller.signal.reason);
      expect((await other).embedding).toHaveLength(4);
      await loaded.dispose();
    });
    expect(sessions).toHaveLength(2);
  });

  test('a seventeenth layer is refused', async () => {
    const description = tinyEmbedder();
    const relus = Array.from({ length: 16 }, (_, i) => ({ type: 'relu' as const, name: `relu${i}`, input: 'pool' }));
    const operations = [...description.graph.operations, ...relus];
    const loaded = await Embedder.load(modelOf({ ...description, graph: { ...description.graph, operations } }), { threads: 1 });
    const embed = (i: number) => loaded.embed(picture, { layer: `relu${i}`, pooling: 'max' });
    await Promise.all(Array.from({ length: 15 }, (_, i) => embed(i)));
    expect(await rejectionOf(embed(15))).toMatch(matching('ERR_INVALID_OPTION', '16 layers', 'Network.load'));
    expect((await embed(3)).layer).toBe('relu3');
    await loaded.dispose();
  });
});

describe('dispose', () => {
  test('calls in work and later ones are ERR_DISPOSED', async () => {
    const doomed = await Embedder.load(featureModel());
    const jpeg = await quarters(1000, 1000).jpeg().toBuffer();
    const inWork = [undefined, 'logits'].map((layer) => rejectionOf(doomed.embed(jpeg, { layer })));
    await Promise.all([doomed.dispose(), doomed.dispose()]);
    await doomed[Symbol.asyncDispose]();
    for (const rejection of await Promise.all(inWork)) {
      expect(rejection).toMatch(matching('ERR_DISPOSED'));
    }
    expect(await rejectionOf(doomed.embed(picture))).toMatch(matching('ERR_DISPOSED', "the Embedder of model 'colors'"));
    expect(() => doomed.stream([])).toThrow('has been disposed');
  });

  test('while a session is being made: it is freed as well', async () => {
    const loaded = await Embedder.load(featureModel());
    const create = jest.spyOn(Session, 'create');
    const inTheMaking = rejectionOf(loaded.embed(picture, { layer: 'logits' }));
    while (create.mock.calls.length === 0) {
      await new Promise(setImmediate);
    }
    await loaded.dispose();
    const session: Session = await create.mock.results[0]?.value;
    create.mockRestore();
    expect(session.disposed).toBe(true);
    expect(await inTheMaking).toMatch(matching('ERR_DISPOSED'));
  });
});

whenBundled('the bundled models', () => {
  test('MobileNet V1: 256 numbers; a cat is nearer to a part of its picture than to a rocket', async () => {
    const mobilenet = await Embedder.load('mobilenet-v1-0.25-224');
    expect(mobilenet.layer).toBe('MobilenetV1/Logits/global_pool');
    const cat = await mobilenet.embed(photo('chelsea.png'));
    expect(cat).toMatchObject({ shape: { height: 1, width: 1, channels: 256 }, width: 451, height: 300 });
    expect(cat.embedding).toHaveLength(256);
    expect(Math.hypot(...cat.embedding)).toBeCloseTo(1, 6);
    const rocket = await mobilenet.embed(photo('rocket.jpg'));
    const part = await mobilenet.embed(photo('chelsea.png'), { region: { x: 20, y: 0, width: 400, height: 300 } });
    expect(cosineSimilarity(cat, part)).toBeGreaterThan(cosineSimilarity(cat, rocket) + 0.1);
    await mobilenet.dispose();
  });

  (existsSync(coralCat) ? test : test.skip)(
    '../shared/models/coral/cat.bmp: two cats are nearer to each other than to a rocket',
    async () => {
      const mobilenet = await Embedder.load('mobilenet-v1-0.25-224');
      const [chelsea, cat, rocket] = await Promise.all(
        [photo('chelsea.png'), coralCat, photo('rocket.jpg')].map((image) => mobilenet.embed(image)),
      );
      if (!chelsea || !cat || !rocket) {
        throw new Error('expected three embeddings');
      }
      const alike = cosineSimilarity(chelsea, cat);
      expect(alike).toBeGreaterThan(cosineSimilarity(chelsea, rocket));
      expect(alike).toBeGreaterThan(cosineSimilarity(cat, rocket));
      await mobilenet.dispose();
    },
  );

  test.each<[model: string, defaultLayer: string | undefined, layers: string[]]>([
    [
      'mobilenet-v1-0.25-224',
      'MobilenetV1/Logits/global_pool',
      ['MobilenetV1/MobilenetV1/Conv2d_0', 'MobilenetV1/MobilenetV1/Conv2d_11_depthwise', 'logits'],
    ],
    [
      'ssdlite-mobilenet-v2-coco',
      undefined,
      ['FeatureExtractor/MobilenetV2/expanded_conv_13/expand', 'FeatureExtractor/MobilenetV2/Conv_1', 'boxEncodings5'],
    ],
    ['deeplab-v3-mobilenet-v2-pascal', 'concat_projection', ['MobilenetV2/expanded_conv_6/project']],
  ])('%s: what the whole network has at that layer', async (name, defaultLayer, further) => {
    const layers = defaultLayer ? [defaultLayer, ...further] : further;
    const whole = await Network.load(name, { layers });
    const { outputs } = await whole.run(photo('chelsea.png'), { outputs: layers });
    await whole.dispose();
    const loaded = await Embedder.load(name, defaultLayer ? {} : { layer: layers[0] });
    expect(loaded.layer).toBe(layers[0]);
    const raw: EmbedOptions = { pooling: 'none', l2Normalize: false };
    const calls: [layer: string, options: EmbedOptions][] = [
      [loaded.layer, raw],
      [loaded.layer, { pooling: 'max', l2Normalize: false }],
      [loaded.layer, {}],
      ...further.map((layer): [string, EmbedOptions] => [layer, { ...raw, layer }]),
    ];
    for (const [layer, options] of calls) {
      const { data, shape } = outputs[layer] as { data: Float32Array; shape: { channels: number } };
      expect(loaded.layers).toContainEqual({ name: layer, shape });
      const { embedding } = await loaded.embed(photo('chelsea.png'), options);
      expect(difference(embedding, pooled(data, shape.channels, options)).relative).toBeLessThan(1e-5);
    }
    await loaded.dispose();
  });
});
