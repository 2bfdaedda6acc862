import path from 'node:path';
import { checkModel, type ModelResult } from '../../lib/doctor/check-model';
import { measureSpeed } from '../../lib/doctor/measure-speed';
import { moveWeights, withWeights } from '../../lib/doctor/moved-weights';
import { noisePicture } from '../../lib/doctor/pictures';
import { subjectOf } from '../../lib/doctor/subject';
import { encodeModel, loadModelFile, type Model, parseModel } from '../../lib/models/model-file';
import { tensorValues } from '../../lib/models/tensor-values';
import { quantizedTensors } from '../models/quantize';
import { tinyClassifier, tinyEmbedder, tinySegmenter, tinyTensors } from '../models/tiny-models';
import { describeMetal, metalDevice } from '../runtime/metal-device';
import { cpuAsGpu, halfWeights, scaledWeights } from './half-subject';

const bundled = ['mobilenet-v1-0.25-224', 'ssdlite-mobilenet-v2-coco', 'deeplab-v3-mobilenet-v2-pascal'];
const load = (name: string) => loadModelFile(path.join(__dirname, '../../models', `${name}.safetensors`));
const tiny = (description = tinyClassifier()) => parseModel(encodeModel(description, tinyTensors(description)), 'tiny');

function expectAllRight(results: readonly ModelResult[]): void {
  expect(results.flatMap(({ pictures }) => pictures).filter(({ ok }) => !ok)).toEqual([]);
  expect(results.map(({ ok, failure }) => [ok, failure])).toEqual(results.map(() => [true, undefined]));
}

describe('on the CPU in the place of a GPU', () => {
  test.each(bundled)('%s: weights rounded to halves, as float16 has them, are within its limit', async (name) => {
    const subject = { ...cpuAsGpu, precisions: ['float16'] as const };
    const results = await checkModel(await load(name), subject, { tamper: halfWeights });
    expectAllRight(results);
    expect(results[0]?.pictures[0]?.answer).toMatch(/equal$/);
    for (const { largest, mean, limit } of results[0]?.pictures ?? []) {
      // Rounding the weights is about half of what float16 does.
      expect(largest / limit).toBeGreaterThan(0.01);
      expect(largest / limit).toBeLessThan(0.4);
      expect(limit).toBeLessThan(0.4);
      expect(mean).toBeLessThan(largest);
    }
  });

  test('what is wrong fails in both precisions', async () => {
    const results = await checkModel(await load('mobilenet-v1-0.25-224'), cpuAsGpu, { tamper: scaledWeights(0.7) });
    expect(results.map(({ precision, ok }) => [precision, ok])).toEqual([
      ['float16', false],
      ['float32', false],
    ]);
    expect(results[1]?.pictures[0]?.answer).toMatch(/^top 5 (are|equal)/);
  });

  test('a class map with other classes fails', async () => {
    const turned = (model: Model) => withWeights(model, (weight) => -weight);
    const [result] = await checkModel(tiny(tinySegmenter()), cpuAsGpu, { tamper: turned });
    expect(result?.ok).toBe(false);
    expect(result?.pictures[0]?.answer).toMatch(/^class map \d+\.\d\d % equal$/);
  });

  test('a session that cannot be made is a failure with a code', async () => {
    const broken = (model: Model): Model => ({ ...model, tensors: {} });
    for (const result of await checkModel(tiny(), cpuAsGpu, { tamper: broken })) {
      expect(result).toMatchObject({ ok: false, pictures: [], failure: { code: 'ERR_MODEL_CORRUPT' } });
    }
  });

  test('a model without a head has outputs to compare', async () => {
    const [result] = await checkModel(tiny(tinyEmbedder()), cpuAsGpu);
    expect(result?.ok).toBe(true);
    expect(result?.pictures.map(({ picture, answer }) => [picture, answer])).toEqual([
      ['photo', undefined],
      ['noise, 301 x 237', undefined],
      ['noise, 8 x 6', undefined],
    ]);
  });
});

describe('weights', () => {
  test('as sessions pack them, whatever they are stored as', () => {
    const { graph, ...rest } = tinyClassifier();
    for (const type of ['uint8', 'int8'] as const) {
      for (const perChannel of [false, true]) {
        const tensors = quantizedTensors(graph, { type, perChannel });
        const file = encodeModel({ ...rest, graph }, tensors, { weights: 'keep' });
        // Behind one byte nothing is aligned.
        const shifted = new Uint8Array(file.length + 1);
        shifted.set(file, 1);
        const values = tensorValues(parseModel(shifted.subarray(1), 'quantised'));
        expect([...values].map(([name, each]) => [name, each.values])).toEqual(
          [...values.keys()].map((name) => [name, tensors.get(name)?.values]),
        );
        expect(values.size).toBe(tensors.size);
      }
    }
  });

  test('move up and down by the same part, biases stay', () => {
    const model = tiny();
    const [before, after] = [tensorValues(model), tensorValues(moveWeights(model, 0.25, 1))];
    const ratios = Array.from(
      after.get('conv/weights')?.values ?? [],
      (value, at) => value / (before.get('conv/weights')?.values[at] ?? 0),
    );
    expect(new Set(ratios.map((ratio) => ratio.toFixed(3)))).toEqual(new Set(['1.250', '0.750']));
    expect(after.get('conv/biases')).toEqual(before.get('conv/biases'));
  });
});

test('speed: pictures, and the time of each', async () => {
  const { picturesPerSecond, milliseconds, framesInFlight } = await measureSpeed(
    tiny(),
    { device: 'cpu', framesInFlight: 2 },
    noisePicture(20, 20, 1),
    0.05,
  );
  expect(framesInFlight).toBe(2);
  expect(picturesPerSecond).toBeGreaterThan(10);
  // Two in flight: each takes about twice as long as it takes until the next is done.
  expect((picturesPerSecond * milliseconds) / 1000).toBeGreaterThan(1);
  expect((picturesPerSecond * milliseconds) / 1000).toBeLessThanOrEqual(2.1);
});

describeMetal('on a GPU', () => {
  test.each(bundled)(
    '%s in both precisions',
    async (name) => {
      expectAllRight(await checkModel(await load(name), subjectOf(metalDevice ?? cpuAsGpu.device)));
    },
    600_000,
  );
});
