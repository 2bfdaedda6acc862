import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RawImage } from '../../lib/images/image';
import { encodeModel, loadModelFile } from '../../lib/models/model-file';
import { Session } from '../../lib/runtime/session';
import { Network } from '../../lib/tasks/network';
import { matching, rejectionOf } from '../error-of';
import { quarters } from '../images/fixtures';
import { tinyClassifier, tinyDetector, tinyTensors } from '../models/tiny-models';
import { defaultDevice } from '../runtime/metal-device';
import { featureModel } from './color-model';

const projectRoot = join(__dirname, '../..');
const chelsea = join(projectRoot, 'photos/chelsea.png');
const bundledFile = (name: string) => join(projectRoot, 'models', `${name}.safetensors`);
const whenBundled = existsSync(bundledFile('mobilenet-v1-0.25-224')) ? describe : describe.skip;

/** Red, green, blue, white. */
const picture: RawImage = {
  data: Buffer.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255]),
  width: 2,
  height: 2,
  channels: 3,
};

let network: Network;

beforeAll(async () => {
  network = await Network.load(featureModel(), { layers: ['clipped'] });
});

afterAll(() => network?.dispose());

describe('load', () => {
  test('outputs: the graph’s own, then the layers', async () => {
    expect(network.outputs).toEqual([
      { name: 'logits', shape: { height: 1, width: 1, channels: 4 } },
      { name: 'clipped', shape: { height: 2, width: 2, channels: 3 } },
    ]);
    expect(network).toMatchObject({ device: defaultDevice, model: { name: 'colors', task: 'classify' } });
    const plain = await Network.load(featureModel(), { warmup: true, layers: [], threads: 1 });
    expect(plain.outputs.map(({ name }) => name)).toEqual(['logits']);
    await plain.dispose();
  });

  test('a layer named twice, or like an output, is one output', async () => {
    const description = tinyClassifier();
    const loaded = await Network.load(encodeModel(description, tinyTensors(description)), {
      layers: ['pool', 'features', 'pool', 'logits', 'add'],
    });
    expect(loaded.outputs.map(({ name }) => name)).toEqual(['logits', 'features', 'pool', 'add']);
    const { outputs } = await loaded.run(picture);
    expect(outputs.features?.data).toEqual(outputs.add?.data);
    await loaded.dispose();
  });

  test('a detector without its outputs among those that run: no head is missed', async () => {
    const description = tinyDetector();
    const loaded = await Network.load(encodeModel(description, tinyTensors(description)), { layers: ['first'] });
    const { outputs } = await loaded.run(picture, { outputs: ['first', 'scores_1'] });
    expect(outputs.first?.shape).toEqual({ height: 4, width: 4, channels: 4 });
    expect(outputs.scores_1?.data).toHaveLength(2 * 2 * 3);
    await loaded.dispose();
  });

  test.each<[object, string]>([
    [{ layer: ['clipped'] }, "unknown option 'layer' of Network.load: did you mean 'layers'?"],
    [{ layers: 'clipped' }, "an array of names of layers for layers but received 'clipped'"],
    [{ layers: null }, 'for layers but received null'],
    [{ layers: ['cliped'] }, "layers: the network has no layer 'cliped': did you mean 'clipped'?"],
    [{ layers: [7] }, 'the name of a layer for layers but received 7'],
    [{ threads: 0 }, 'for threads but received 0'],
    [[], 'an object'],
  ])('refuses %j', async (options, message) => {
    expect(await rejectionOf(Network.load(featureModel(), options))).toMatch(matching('ERR_INVALID_OPTION', message));
  });

  test('refuses bad models, and aborts', async () => {
    expect(await rejectionOf(Network.load(42 as never))).toMatch(matching('ERR_INVALID_OPTION', 'the model but received 42'));
    expect(await rejectionOf(Network.load(Buffer.from('no model')))).toMatch(matching('ERR_MODEL_CORRUPT'));
    const signal = AbortSignal.abort();
    await expect(Network.load(featureModel(), { signal })).rejects.toBe(signal.reason);
  });

  test('a warm-up that fails frees the session', async () => {
    const created = jest.spyOn(Session, 'create');
    const run = jest.spyOn(Session.prototype, 'run').mockRejectedValueOnce(new Error('no warm-up'));
    await expect(Network.load(featureModel(), { warmup: true })).rejects.toThrow('no warm-up');
    const session: Session = await created.mock.results[0]?.value;
    expect(session.disposed).toBe(true);
    run.mockRestore();
    created.mockRestore();
  });
});

describe('run', () => {
  test('numbers one can predict, all outputs or some', async () => {
    const result = await network.run(picture);
    expect(result).toMatchObject({ width: 2, height: 2, model: 'colors', device: defaultDevice });
    expect(Object.keys(result.timing)).toEqual(['decode', 'queue', 'preprocess', 'network', 'postprocess']);
    expect(Object.keys(result.outputs)).toEqual(['logits', 'clipped']);
    expect([...(result.outputs.clipped?.data ?? [])]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1]);
    expect([...(result.outputs.logits?.data ?? [])]).toEqual([6, 0, 0, 100]);
    const some = await network.run(picture, { outputs: ['clipped', 'clipped'] });
    expect(Object.keys(some.outputs)).toEqual(['clipped']);
  });

  test('region and rotation', async () => {
    const { data, info } = await quarters(64, 32).raw().toBuffer({ resolveWithObject: true });
    const large: RawImage = { data, width: info.width, height: info.height, channels: 3 };
    const options = { region: { x: 32, y: 0, width: 32, height: 32 }, rotation: 90, outputs: ['clipped'] };
    const { outputs, width, height } = await network.run(large, options);
    // The right half is green above white; turned clockwise, white is on the left.
    expect([...(outputs.clipped?.data ?? [])]).toEqual([1, 1, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0]);
    expect([width, height]).toEqual([64, 32]);
  });

  test('outputs of any name', async () => {
    const { graph } = tinyClassifier();
    const outputs = ['logits', '__proto__', 'constructor', 'toString'].map((name) => ({ name, value: 'logits' }));
    const description = { ...tinyClassifier(), graph: { ...graph, outputs } };
    const loaded = await Network.load(encodeModel(description, tinyTensors(description)));
    const result = await loaded.run(picture);
    expect(Object.keys(result.outputs)).toEqual(['logits', '__proto__', 'constructor', 'toString']);
    for (const { name } of outputs) {
      expect(result.outputs[name]).toEqual(result.outputs.logits);
      expect(result.outputs[name]?.data).toHaveLength(3);
    }
    await loaded.dispose();
  });

  test.each<[object, string]>([
    [{ output: ['logits'] }, "unknown option 'output' of run: did you mean 'outputs'?"],
    [{ outputs: [] }, 'an array of at least one name of an output for outputs but received an array of 0'],
    [{ outputs: 'logits' }, "for outputs but received 'logits'"],
    [{ outputs: [1] }, 'names of outputs for outputs but received 1'],
    [{ outputs: ['logit'] }, "outputs: the network has no output 'logit': did you mean 'logits'?"],
    [{ outputs: ['something else'] }, "it has 'logits', 'clipped'"],
    [{ rotation: 45 }, 'a multiple of 90 degrees'],
    [{ concurrency: 2 }, "unknown option 'concurrency' of run"],
  ])('refuses %j', async (options, message) => {
    expect(await rejectionOf(network.run(picture, options))).toMatch(matching('ERR_INVALID_OPTION', message));
  });

  test('says how to get a layer that is no output', async () => {
    const plain = await Network.load(featureModel());
    const refused = plain.run(picture, { outputs: ['clipped'] });
    expect(await rejectionOf(refused)).toMatch(matching('ERR_INVALID_OPTION', "no output 'clipped'", 'its option layers'));
    await plain.dispose();
  });

  test('aborts', async () => {
    const signal = AbortSignal.abort();
    await expect(network.run(picture, { signal })).rejects.toBe(signal.reason);
  });
});

describe('stream and dispose', () => {
  test('in order, failures at their place', async () => {
    const outcomes: unknown[] = [];
    for await (const result of network.stream([picture, 42 as never, picture], { onError: 'yield', outputs: ['logits'] })) {
      outcomes.push('error' in result ? result.error.code : result.outputs.logits?.data[0]);
    }
    expect(outcomes).toEqual([6, 'ERR_INVALID_OPTION', 6]);
    expect(() => network.stream([], { outputs: ['x'] })).toThrow("no output 'x'");
  });

  test('calls in work and later ones are ERR_DISPOSED', async () => {
    const doomed = await Network.load(featureModel());
    const jpeg = await quarters(1000, 1000).jpeg().toBuffer();
    const inWork = rejectionOf(doomed.run(jpeg));
    await Promise.all([doomed.dispose(), doomed.dispose()]);
    expect(await inWork).toMatch(matching('ERR_DISPOSED'));
    expect(await rejectionOf(doomed.run(picture))).toMatch(matching('ERR_DISPOSED', "the Network of model 'colors'"));
  });
});

whenBundled('the bundled models', () => {
  test.each([
    ['mobilenet-v1-0.25-224', 'logits', 'MobilenetV1/MobilenetV1/Conv2d_5_pointwise'],
    ['ssdlite-mobilenet-v2-coco', 'classScores3', 'FeatureExtractor/MobilenetV2/expanded_conv_13/expand'],
    ['deeplab-v3-mobilenet-v2-pascal', 'logits', 'MobilenetV2/expanded_conv_16/project'],
  ])('%s: tapping changes nothing of its outputs', async (name, output, layer) => {
    const tapped = await Network.load(name, { layers: [layer] });
    const whole = await Network.load(name);
    const { outputs } = await tapped.run(chelsea, { outputs: [layer, output] });
    expect(outputs[output]).toEqual((await whole.run(chelsea)).outputs[output]);
    const { graph } = (await loadModelFile(bundledFile(name))).description;
    expect(graph.operations.map((operation) => operation.name)).toContain(layer);
    expect(outputs[layer]?.data.some((value) => value > 0)).toBe(true);
    await Promise.all([tapped.dispose(), whole.dispose()]);
  });
});
