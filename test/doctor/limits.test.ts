import { caseModel, caseTensors, isWidening, widen, widened } from '../../lib/doctor/case-model';
import { operationCases } from '../../lib/doctor/cases';
import { difference, largestOf } from '../../lib/doctor/difference';
import { countRoundings, halfRoundoff, operationLimit } from '../../lib/doctor/limits';
import { magnitudeModel } from '../../lib/doctor/magnitudes';
import { noisePicture } from '../../lib/doctor/pictures';
import { GraphBuilder } from '../../lib/graph/builder';
import { inferShapes } from '../../lib/graph/shapes';
import type { Graph } from '../../lib/graph/types';
import { decodeFloat16, encodeFloat16 } from '../../lib/models/float16';
import type { Model } from '../../lib/models/model-file';
import { rawOutputs, withSession } from '../../lib/runtime/with-session';

const size = { height: 6, width: 5 };

const resultOf = (model: Model) =>
  withSession(model, { device: 'cpu' }, async (session) => {
    const outputs = await rawOutputs(session, noisePicture(size.width, size.height, 1));
    return outputs.result?.data ?? new Float32Array();
  });

const roundingsOf = (graph: Graph) => countRoundings(graph, inferShapes(graph), isWidening);

describe('what a case begins with', () => {
  test.each([3, 8, 273, 1001])('%d channels: different halves of both signs', async (channels) => {
    const graph = widened(size, channels).output('result').finish();
    const values = await resultOf(caseModel(graph, caseTensors(graph, 'mixed')));
    expect(decodeFloat16(encodeFloat16(values))).toEqual(values);
    expect(values.some((value) => value < 0) && values.some((value) => value > 0)).toBe(true);
    const columns = Array.from({ length: channels }, (_, channel) => values.filter((_, at) => at % channels === channel).join());
    expect(new Set(columns).size).toBe(channels);
  });

  test('its magnitude is |x|', async () => {
    const graph = widened(size, 24).output('result').finish();
    const tensors = caseTensors(graph, 'mixed');
    const values = await resultOf(caseModel(graph, tensors));
    expect(await resultOf(magnitudeModel(graph, tensors))).toEqual(values.map(Math.abs));
  });
});

describe('M, what an operation would give if nothing cancelled', () => {
  test('of a convolution: the sum of |w| |x| and |b|, by hand', async () => {
    const graph = widened(size, 8).conv2d('conv2d', { kernel: 1, filters: 1, activation: 'relu6' }).output('result').finish();
    const tensors = caseTensors(graph, 'mixed');
    const inputs = await resultOf(caseModel(widened(size, 8).output('result').finish(), new Map([...tensors].slice(0, 2))));
    const weights = tensors.get('conv2d/weights')?.values ?? new Float32Array();
    const bias = tensors.get('conv2d/biases')?.values[0] ?? 0;
    const expected = Array.from({ length: inputs.length / 8 }, (_, pixel) =>
      weights.reduce((sum, weight, c) => sum + Math.abs(weight * (inputs[8 * pixel + c] as number)), Math.abs(bias)),
    );
    const magnitudes = await resultOf(magnitudeModel(graph, tensors));
    expect(difference(magnitudes, Float32Array.from(expected)).largest).toBeLessThan(1e-6);
  });

  test('is nowhere below what the operation does give', async () => {
    const builder = widened(size, 24).depthwiseConv2d('a', { kernel: 3, activation: 'relu' });
    const first = builder.current;
    widen(builder, 24)
      .conv2d('b', { kernel: 3, filters: 24 })
      .addValues('sum', { inputs: [first, builder.current] });
    const graph = builder.averagePool('pool', { kernel: 2 }).output('result').finish();
    const tensors = caseTensors(graph, 'mixed');
    const [values, magnitudes] = [await resultOf(caseModel(graph, tensors)), await resultOf(magnitudeModel(graph, tensors))];
    expect(values.every((value, at) => Math.abs(value) <= (magnitudes[at] as number) * (1 + 1e-6))).toBe(true);
  });

  test('is the value itself where all weights are positive', async () => {
    const long = operationCases().filter(({ signs }) => signs === 'positive');
    expect(long).toHaveLength(2);
    for (const { graph } of long) {
      const tensors = caseTensors(graph, 'positive');
      const values = await resultOf(caseModel(graph, tensors));
      expect(difference(await resultOf(magnitudeModel(graph, tensors)), values).largest).toBeLessThan(1e-6);
    }
  });
});

describe('roundings to halves', () => {
  test('three for a convolution, one for what computes, none for what moves', () => {
    const builder = widened(size, 8);
    const start = builder.current;
    builder.conv2d('conv', { kernel: 3, filters: 8 }).relu6('relu6').depthwiseConv2d('depthwise', { kernel: 3 });
    builder.concat('concat', ['depthwise', start]).resizeBilinear('resized', { size: { height: 3, width: 3 } });
    builder.globalAveragePool('pool').output('pool');
    const halves = Object.fromEntries([...roundingsOf(builder.finish())].map(([name, each]) => [name, each.halves]));
    expect(halves).toEqual({ input: 1, widen: 0, conv: 3, relu6: 3, depthwise: 6, concat: 6, resized: 7, pool: 8 });
  });

  test('a sum has those of the worse of its inputs, and one of its own', () => {
    const builder = widened(size, 8).conv2d('conv', { kernel: 1, filters: 8 });
    widen(builder, 8)
      .addValues('sum', { inputs: ['conv', builder.current] })
      .output('sum');
    expect(roundingsOf(builder.finish()).get('sum')).toEqual({ halves: 4, stored: true, terms: 11 });
  });

  test('the input of a network is rounded once', () => {
    expect(roundingsOf(new GraphBuilder(size).output('input').finish()).get('input')).toEqual({
      halves: 1,
      stored: true,
      terms: 4,
    });
  });
});

describe('the limit', () => {
  test('float16: of a convolution 2 u M + u |y|, rounding of long sums, and the least half, as part of the largest', () => {
    const limit = operationLimit('float16', { halves: 3, stored: true, terms: 0 }, 8, 4);
    expect(limit).toBeCloseTo((2 * 8 * 2 ** -11 + 4 * 2 ** -11 + 2 ** -14) / 4, 12);
    expect(operationLimit('float16', { halves: 3, stored: false, terms: 0 }, 8, 4)).toBeCloseTo(
      (3 * 8 * 2 ** -11 + 2 ** -14) / 4,
      12,
    );
    expect(operationLimit('float16', { halves: 0, stored: false, terms: 2 ** 10 }, 1, 1)).toBeCloseTo(2 ** -13 + 2 ** -14, 12);
  });

  test('float32: 1e-4 of the largest', () => {
    expect(operationLimit('float32', { halves: 9, stored: true, terms: 9999 }, 100, 1)).toBe(1e-4);
  });

  test('is too tight for sums in half precision, where nothing cancels', () => {
    const half = (value: number) => decodeFloat16(encodeFloat16(Float32Array.of(value)))[0] as number;
    const terms = 9 * 273;
    let [sum, halfSum] = [0, 0];
    for (let term = 0; term < terms; term++) {
      const product = 0.01 * ((term * 7919) % 101);
      sum += product;
      halfSum = half(halfSum + product);
    }
    const limit = operationLimit('float16', { halves: 3, stored: true, terms }, sum, sum);
    expect(Math.abs(halfSum - sum) / sum).toBeGreaterThan(limit);
  });

  test('holds for one rounding after another, as a GPU makes them', async () => {
    // y = w x with a rounded weight and a rounded result, over all the values of a pointwise convolution.
    const graph = widened(size, 24).conv2d('conv2d', { kernel: 1, filters: 24, bias: null }).output('result').finish();
    const tensors = caseTensors(graph, 'mixed');
    const exact = await resultOf(caseModel(graph, tensors));
    const half = (values: Float32Array) => decodeFloat16(encodeFloat16(values));
    const rounded = new Map([...tensors].map(([name, { shape, values }]) => [name, { shape, values: half(values) }]));
    const found = difference(half(await resultOf(caseModel(graph, rounded))), exact);
    const magnitude = largestOf(await resultOf(magnitudeModel(graph, tensors)));
    const limit = operationLimit('float16', { halves: 3, stored: true, terms: 24 }, magnitude, largestOf(exact));
    expect(found.largest).toBeGreaterThan(halfRoundoff / 10);
    expect(found.largest).toBeLessThan(limit);
  });
});

describe('difference', () => {
  test('is relative to the largest expected', () => {
    expect(difference(Float32Array.of(1, -2, 4), Float32Array.of(1, -1, 4))).toEqual({ largest: 0.25, mean: 0.25 / 3 });
    expect(difference(Float32Array.of(0), Float32Array.of(0))).toEqual({ largest: 0, mean: 0 });
  });

  test.each([
    [Float32Array.of(Number.NaN, 1), Float32Array.of(0, 1)],
    [Float32Array.of(Number.POSITIVE_INFINITY), Float32Array.of(1)],
    [Float32Array.of(1, 2), Float32Array.of(1)],
  ])('%p has no place beside %p', (found, expected) => {
    expect(difference(found, expected).largest).toBe(Number.POSITIVE_INFINITY);
  });
});
