import { type Case, operationCases } from '../../lib/doctor/cases';
import { type CaseResult, checkCase, checkOperations } from '../../lib/doctor/check-operations';
import { subjectOf } from '../../lib/doctor/subject';
import { summarizeOperations } from '../../lib/doctor/summary';
import type { Operation } from '../../lib/graph/types';
import { OPERATION_TYPES } from '../../lib/graph/validate';
import type { Model } from '../../lib/models/model-file';
import { describeMetal, metalDevice } from '../runtime/metal-device';
import { cpuAsGpu, halfWeights, scaledWeights } from './half-subject';

const cases = operationCases();

async function collect(results: AsyncIterable<CaseResult[]>): Promise<CaseResult[]> {
  const all: CaseResult[] = [];
  for await (const some of results) {
    all.push(...some);
  }
  return all;
}

const failed = (results: readonly CaseResult[]) => results.filter(({ ok }) => !ok);

describe('the cases', () => {
  test('are some hundreds, each different', () => {
    expect(cases.length).toBeGreaterThan(300);
    expect(cases.length).toBeLessThan(600);
    const names = cases.map(({ kind, parameters }) => JSON.stringify([kind, parameters]));
    expect(new Set(names).size).toBe(cases.length);
  });

  test('have every operation', () => {
    const types = new Set(cases.flatMap(({ graph }) => graph.operations.map(({ type }) => type)));
    expect([...types].sort()).toEqual([...OPERATION_TYPES].sort());
  });

  test('have every kernel, stride, dilation, padding, channel count and activation of a convolution', () => {
    const all = cases.filter(({ kind }) => kind === 'conv2d').map(({ parameters }) => parameters);
    const levels = (name: string) => new Set(all.map((parameters) => parameters[name]));
    for (const [name, wanted] of [
      ['kernel', [1, 2, 3, 5, 7]],
      ['stride', [1, 2, 3]],
      ['dilation', [1, 2, 4, 12]],
      ['padding', ['same', 'valid']],
      ['channels', [3, 8, 24, 91, 273]],
      ['filters', [3, 8, 24, 91, 273]],
      ['activation', ['none', 'relu', 'relu6']],
    ] as const) {
      expect([...levels(name)]).toEqual(expect.arrayContaining([...wanted]));
    }
  });
});

test('the CPU agrees with itself', async () => {
  const results = await collect(checkOperations(cpuAsGpu, {}, cases));
  expect(failed(results)).toEqual([]);
  expect(results).toHaveLength(2 * cases.length);
  expect(Math.max(...results.map(({ largest = 1 }) => largest))).toBe(0);
});

test('weights in half precision are within the limits of float16, and not of float32', async () => {
  const convolutions = cases.filter(({ kind }) => kind === 'conv2d' || kind === 'depthwiseConv2d');
  const results = await collect(checkOperations(cpuAsGpu, { tamper: halfWeights }, convolutions));
  expect(failed(results).filter(({ precision }) => precision === 'float16')).toEqual([]);
  const worst = summarizeOperations(results).filter(({ precision }) => precision === 'float16');
  for (const { largest, limit } of worst) {
    // One of two roundings: more than a tenth of the bound is used, and less than half.
    expect(largest / limit).toBeGreaterThan(0.1);
    expect(largest / limit).toBeLessThan(0.5);
  }
  expect(failed(results).length).toBeGreaterThan(0.9 * convolutions.length);
});

/** A model whose operations of one type are others. */
const changed = (change: (operation: Operation) => Operation) => (model: Model) => ({
  ...model,
  description: {
    ...model.description,
    graph: { ...model.description.graph, operations: model.description.graph.operations.map(change) },
  },
});

describe('finds mistakes in both precisions', () => {
  const some = (kind: Case['kind'], filter: (one: Case) => boolean = () => true) => {
    const found = cases.filter((one) => one.kind === kind && filter(one));
    expect(found.length).toBeGreaterThan(0);
    return found.slice(0, 12);
  };
  const mistakes: [string, Case[], (model: Model) => Model][] = [
    ['weights five per cent too large', some('conv2d'), scaledWeights(1.05)],
    [
      'a window one pixel off',
      some('depthwiseConv2d', ({ parameters }) => parameters.padding === 'same' && parameters.kernel === 3),
      changed((operation) =>
        operation.type === 'depthwiseConv2d'
          ? { ...operation, padding: { top: 2, bottom: 0, left: 1, right: 1 }, stride: operation.stride }
          : operation,
      ),
    ],
    [
      'a forgotten rectifier',
      some('add', ({ parameters }) => parameters.activation === 'relu6'),
      changed((operation) => (operation.type === 'add' ? { ...operation, activation: 'relu' } : operation)),
    ],
    [
      'parts in another order',
      some('concat', ({ parameters }) => parameters.channels === '4+4+4'),
      changed((operation) =>
        operation.type === 'concat' ? { ...operation, inputs: [...operation.inputs].reverse() } : operation,
      ),
    ],
    [
      'other corners',
      some(
        'resizeBilinear',
        ({ parameters }) => parameters.alignCorners === true && parameters.from !== '1x1' && parameters.to !== '1x1',
      ),
      changed((operation) => (operation.type === 'resizeBilinear' ? { ...operation, alignCorners: false } : operation)),
    ],
  ];

  test.each(mistakes)('%s', async (_, few, tamper) => {
    const results = await collect(checkOperations(cpuAsGpu, { tamper }, few));
    expect(results.filter(({ ok }) => ok)).toEqual([]);
    expect(results.map(({ precision }) => precision)).toContain('float16');
  });

  test('class maps with the classes of their neighbours', async () => {
    const [one] = some('class map');
    const shifted = (model: Model): Model => {
      // Weights and biases of the next class: every class has the logits of another.
      const data = new Uint8Array(model.data.length);
      data.set(model.data);
      for (const { byteOffset, byteLength } of Object.values(model.tensors)) {
        data.copyWithin(byteOffset, byteOffset + 4, byteOffset + byteLength);
      }
      return { ...model, data };
    };
    const results = await checkCase(one as Case, cpuAsGpu, { tamper: shifted });
    expect(results.map(({ ok }) => ok)).toEqual([false, false]);
  });

  test('a session that cannot be made', async () => {
    const [one] = cases;
    const broken = changed((operation) => ({ ...operation, type: 'maxPool' }) as unknown as Operation);
    for (const result of await checkCase(one as Case, cpuAsGpu, { tamper: broken })) {
      expect(result).toMatchObject({ ok: false, failure: { code: 'ERR_UNSUPPORTED_OPERATION' } });
      expect(result.largest).toBeUndefined();
    }
  });
});

test('an abort rejects with its reason', async () => {
  const controller = new AbortController();
  const results = checkOperations(cpuAsGpu, { signal: controller.signal }, cases);
  await results.next();
  controller.abort(new Error('enough'));
  await expect(results.next()).rejects.toThrow('enough');
});

test('the CPU is judged by the reference executor', async () => {
  const subject = subjectOf(cpuAsGpu.device);
  expect(subject).toMatchObject({ precisions: ['float32'], judge: { executor: 'reference' } });
  const results = await collect(checkOperations(subject, {}, cases));
  expect(failed(results)).toEqual([]);
});

describeMetal('on a GPU', () => {
  test('every case in both precisions', async () => {
    const results = await collect(checkOperations(subjectOf(metalDevice ?? cpuAsGpu.device), {}, cases));
    expect(results).toHaveLength(2 * cases.length);
    expect(failed(results)).toEqual([]);
  }, 600_000);
});
