import { parseModel } from '../../lib/models/model-file';
import { loadAddon } from '../../lib/runtime/load-addon';
import type { InstructionSet } from '../../lib/runtime/native';
import type { InternalSessionOptions } from '../../lib/runtime/session-options';
import { photoNames } from '../../scripts/golden-file';
import type { SourceName } from '../../scripts/packages';
import type { Difference } from './compare';
import { describeWeights } from './describe-weights';
import { Judge } from './judge';

/** How far outputs may be from TensorFlow's, as a part of the largest value. */
const limits = { float32: 1e-3, float16: 1e-2 };

const instructionSets = loadAddon().cpu.instructionSets.map((instructionSet): [string, InternalSessionOptions] => [
  `cpu, ${instructionSet}`,
  { instructionSet: instructionSet as InstructionSet },
]);

/**
 * Declares the tests of a network's raw outputs: on each photo, with float32 weights on every instruction set of this processor, with the
 * bundled weights on the best.
 *
 * @param what are compared, in words
 * @param compare runs a photo and returns how far each is from TensorFlow's
 */
export function describeOutputs(
  name: SourceName,
  what: string,
  compare: (judge: Judge, photo: string) => Promise<Record<string, Difference>>,
): void {
  describeWeights(name, (weights, modelFile) => {
    const limit = limits[weights];
    const executors: typeof instructionSets = weights === 'float32' ? instructionSets : [['cpu', {}]];

    describe.each(executors)('%s', (_, options) => {
      let judge: Judge;
      beforeAll(async () => {
        judge = await Judge.create(name, parseModel(await modelFile(), name), options);
      });
      afterAll(() => judge?.dispose());

      test.each(photoNames)(
        `%s: ${what} within ${limit} of the largest`,
        async (photo) => {
          const differences = await compare(judge, photo);
          const tooFar = Object.entries(differences).filter(([, { relative }]) => !(relative <= limit));
          expect(tooFar).toEqual([]);
          expect(Object.keys(differences)).not.toEqual([]);
        },
        120_000,
      );
    });
  });
}
