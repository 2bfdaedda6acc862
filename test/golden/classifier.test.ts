import type { Model } from '../../lib/models/model-file';
import { loadAddon } from '../../lib/runtime/load-addon';
import type { InstructionSet } from '../../lib/runtime/native';
import type { InternalSessionOptions } from '../../lib/runtime/session-options';
import { photoNames } from '../../scripts/golden-file';
import { best, difference, softmax } from './compare';
import { float32Model } from './float32-model';
import { bundledModel, describeWithSources, expected, frameOf, Judge } from './judge';

const name = 'mobilenet-v1-0.25-224';

const executors: [string, InternalSessionOptions][] = [
  ['reference', { executor: 'reference' }],
  ['reference, nothing fused', { executor: 'reference', fuse: false }],
  ...loadAddon().cpu.instructionSets.map((instructionSet): [string, InternalSessionOptions] => [
    `cpu, ${instructionSet}`,
    { instructionSet: instructionSet as InstructionSet },
  ]),
];

/** Logits and probabilities of a photo, the latter by the native softmax. */
async function scoresOf(judge: Judge, photo: string) {
  const { golden, outputs } = await judge.run(photo, ['logits']);
  const logits = outputs.logits as Float32Array;
  const request = {
    type: 'classification',
    output: 'logits',
    activation: 'softmax',
    topK: logits.length,
    scoreThreshold: 0,
  } as const;
  const { indices, scores } = await judge.session.run(await frameOf(photo, golden), request);
  const probabilities = new Float32Array(logits.length);
  indices?.forEach((index, rank) => {
    probabilities[index] = scores?.[rank] as number;
  });
  return { golden, logits, probabilities, order: Array.from(indices ?? []) };
}

describeWithSources()(`${name}, float32 weights, against TensorFlow`, () => {
  let model: Model;
  beforeAll(async () => {
    model = await float32Model(name);
  }, 60_000);

  describe.each(executors)('%s', (_, options) => {
    let judge: Judge;
    beforeAll(async () => {
      judge = await Judge.create(name, model, options);
    });
    afterAll(() => judge?.dispose());

    test.each(photoNames)('%s: probabilities within 1e-4', async (photo) => {
      const { golden, logits, probabilities } = await scoresOf(judge, photo);
      expect(difference(softmax(logits), expected(golden, 'probabilities')).absolute).toBeLessThanOrEqual(1e-4);
      expect(difference(probabilities, expected(golden, 'probabilities')).absolute).toBeLessThanOrEqual(1e-4);
      expect(difference(logits, expected(golden, 'logits')).relative).toBeLessThanOrEqual(1e-3);
    });
  });
});

describe(`${name}, bundled float16 weights, against TensorFlow`, () => {
  let judge: Judge;
  beforeAll(async () => {
    judge = await Judge.create(name, await bundledModel(name));
  });
  afterAll(() => judge?.dispose());

  test.each(photoNames)('%s: within 1e-2 of the largest value, the five best in the same order', async (photo) => {
    const { golden, logits, probabilities, order } = await scoresOf(judge, photo);
    expect(difference(logits, expected(golden, 'logits')).relative).toBeLessThanOrEqual(1e-2);
    expect(difference(probabilities, expected(golden, 'probabilities')).relative).toBeLessThanOrEqual(1e-2);
    expect(order.slice(0, 5)).toEqual(best(expected(golden, 'probabilities'), 5));
  });
});
