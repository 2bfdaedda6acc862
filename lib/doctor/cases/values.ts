import { GraphBuilder } from '../../graph/builder';
import type { Activation, Extent } from '../../graph/types';
import { widen, widened } from '../case-model';
import { coveringRows } from '../covering';
import type { Case } from './case';

const activations: readonly Activation[] = ['none', 'relu', 'relu6'];
const written = ({ height, width }: Extent) => `${height}x${width}`;

export function addCases(): Case[] {
  const rows = coveringRows({ activation: activations, channels: [3, 8, 24, 91, 273] }, 2);
  const sums = rows.map(({ activation, channels }): Case => {
    const builder = widened({ height: 9, width: 14 }, channels);
    const first = builder.current;
    widen(builder, channels)
      .addValues('sum', { inputs: [first, builder.current], activation })
      .output('result');
    return { kind: 'add', parameters: { activation, channels }, graph: builder.finish() };
  });
  const builder = widened({ height: 9, width: 14 }, 24);
  builder.addValues('sum', { inputs: [builder.current, builder.current] }).output('result');
  return [...sums, { kind: 'add', parameters: { inputs: 'the same value twice', channels: 24 }, graph: builder.finish() }];
}

/** Counts that fill slices of four channels, and those that do not. */
const joined = [
  [24, 8],
  [4, 4, 4],
  [24, 91, 273],
  [3, 3],
  [91, 8, 24],
  [8, 3],
  [1, 2, 3, 5],
] as const;

function joinedBuilder(counts: readonly number[]): GraphBuilder {
  const builder = new GraphBuilder({ height: 6, width: 11 });
  const parts = counts.map((channels) => widen(builder, channels).current);
  return builder.concat('joined', parts);
}

/** Handed out, and read by another operation: it need not have the same form for both. */
export function concatCases(): Case[] {
  return joined.flatMap((counts): Case[] => {
    const channels = counts.join('+');
    const alone = joinedBuilder(counts).output('result').finish();
    const read = joinedBuilder(counts).conv2d('after', { kernel: 3, filters: 16 }).output('result').finish();
    return [
      { kind: 'concat', parameters: { channels }, graph: alone },
      { kind: 'concat', parameters: { channels, readBy: 'conv2d' }, graph: read },
    ];
  });
}

const resizes: [from: Extent, to: Extent][] = [
  [
    { height: 1, width: 1 },
    { height: 5, width: 9 },
  ],
  [
    { height: 33, width: 33 },
    { height: 129, width: 129 },
  ],
  [
    { height: 7, width: 7 },
    { height: 14, width: 14 },
  ],
  [
    { height: 14, width: 15 },
    { height: 7, width: 5 },
  ],
  [
    { height: 13, width: 16 },
    { height: 31, width: 20 },
  ],
  [
    { height: 10, width: 1 },
    { height: 21, width: 6 },
  ],
  [
    { height: 9, width: 9 },
    { height: 1, width: 1 },
  ],
];

const samplings = [
  { alignCorners: false, halfPixelCenters: false },
  { alignCorners: true, halfPixelCenters: false },
  { alignCorners: false, halfPixelCenters: true },
];

export function resizeCases(): Case[] {
  return coveringRows({ sizes: resizes, sampling: samplings, channels: [3, 21, 24] }, 2).map(
    ({ sizes: [from, to], sampling, channels }) => ({
      kind: 'resizeBilinear',
      parameters: { from: written(from), to: written(to), ...sampling, channels },
      graph: widened(from, channels)
        .resizeBilinear('resized', { size: to, ...sampling })
        .output('result')
        .finish(),
    }),
  );
}

export function scoreCases(): Case[] {
  const rows = coveringRows(
    {
      size: [
        { height: 1, width: 1 },
        { height: 5, width: 7 },
      ],
      channels: [2, 21, 91, 1001],
    },
    2,
  );
  return rows.flatMap(({ size, channels }): Case[] => {
    const parameters = { input: written(size), channels };
    return [
      { kind: 'softmax', parameters, graph: widened(size, channels).softmax('scores').output('result').finish() },
      { kind: 'sigmoid', parameters, graph: widened(size, channels).sigmoid('scores').output('result').finish() },
    ];
  });
}

/** What compilation otherwise makes part of the operations before. */
export function unfusedCases(): Case[] {
  const after = ['biasAdd', 'relu', 'relu6', 'biasAdd and relu6'] as const;
  return coveringRows({ operation: after, before: ['nothing', 'conv2d', 'depthwiseConv2d'], channels: [3, 24, 91] }, 2).map(
    ({ operation, before, channels }) => {
      const builder = widened({ height: 8, width: 11 }, channels);
      if (before === 'conv2d') {
        builder.conv2d('before', { kernel: 3, filters: channels, bias: null });
      } else if (before === 'depthwiseConv2d') {
        builder.depthwiseConv2d('before', { kernel: 3, bias: null });
      }
      if (operation.startsWith('biasAdd')) {
        builder.biasAdd('bias');
      }
      if (operation === 'relu') {
        builder.relu('rectified');
      } else if (operation.endsWith('relu6')) {
        builder.relu6('rectified');
      }
      return {
        kind: 'biasAdd, relu, relu6',
        parameters: { operation, after: before, channels },
        graph: builder.output('result').finish(),
        fuse: false,
      };
    },
  );
}

/** Values that are handed out and read by later operations, as an embedder's and a detector's are. */
export function severalOutputsCases(): Case[] {
  return [24, 91].map((channels) => {
    const builder = widened({ height: 13, width: 10 }, channels);
    builder.conv2d('first', { kernel: 3, stride: 2, filters: channels, activation: 'relu6' }).output('first');
    builder.depthwiseConv2d('second', { kernel: 3, activation: 'relu6' }).output('second');
    builder.addValues('third', { inputs: ['first', 'second'] }).output('third');
    builder.globalAveragePool('fourth').output('fourth').output('fourth again');
    return { kind: 'several outputs', parameters: { channels }, graph: builder.finish() };
  });
}
