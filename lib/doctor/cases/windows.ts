import { windowOutput } from '../../graph/shapes';
import type { Activation, Extent, Padding } from '../../graph/types';
import { widened } from '../case-model';
import { coveringRows } from '../covering';
import type { Case } from './case';

const sizes: readonly Extent[] = [
  { height: 13, width: 16 },
  { height: 16, width: 13 },
  { height: 27, width: 27 },
  { height: 28, width: 28 },
];
const activations: readonly Activation[] = ['none', 'relu', 'relu6'];
const channelCounts = [3, 8, 24, 91, 273] as const;

/** Multiply-accumulates of one case, at most: many small cases say more than few large ones. */
const mostMacs = 8e6;

/** Terms of one sum, at most: the bound on what float16 may do to longer ones is wider than what they give. */
const mostTerms = 2500;

const square = (side: number): Extent => ({ height: side, width: side });

/** Kinds of padding; the explicit ones are slim's and one that is as large as the window on one side and nothing on the other. */
type PaddingKind = 'same' | 'valid' | 'fixed' | 'uneven';

function paddingOf(kind: PaddingKind, kernel: number, dilation: number): Padding {
  const total = (kernel - 1) * dilation;
  const before = Math.floor(total / 2);
  switch (kind) {
    case 'fixed':
      return { top: before, bottom: total - before, left: before, right: total - before };
    case 'uneven':
      return { top: 0, bottom: Math.min(total, 2), left: Math.min(total, 3), right: 0 };
    default:
      return kind;
  }
}

interface Window {
  kernel: number;
  stride: number;
  dilation: number;
  padding: PaddingKind;
  size: Extent;
}

const extents = ({ kernel, stride, dilation, padding }: Window) => ({
  kernel: square(kernel),
  stride: square(stride),
  dilation: square(dilation),
  padding: paddingOf(padding, kernel, dilation),
});

function outputPixels(window: Window): number {
  const { height, width } = windowOutput(extents(window), window.size);
  return height < 1 || width < 1 ? 0 : height * width;
}

/** Windows in which any three of size, kernel, stride, dilation and padding meet in all ways that make sense. */
function windows(kernels: readonly number[], dilations: readonly number[]): Window[] {
  return coveringRows(
    { kernel: kernels, stride: [1, 2, 3], dilation: dilations, padding: ['same', 'valid', 'fixed', 'uneven'], size: sizes },
    3,
    (row) => outputPixels(row) > 0 && (row.dilation < 12 || row.kernel === 3) && (row.dilation === 1 || row.kernel > 1),
  );
}

const describe = ({ kernel, stride, dilation, padding, size }: Window) => ({
  kernel,
  stride,
  dilation,
  padding: padding === 'fixed' || padding === 'uneven' ? paddingOf(padding, kernel, dilation) : padding,
  input: `${size.height}x${size.width}`,
});

/** Each window with the next of the other parameters that it can be tried with. */
function* paired<Other>(all: readonly Window[], others: readonly Other[], fits: (window: Window, other: Other) => boolean) {
  const waiting = [...others];
  for (const window of all) {
    const at = waiting.findIndex((other) => fits(window, other));
    if (at >= 0) {
      const [other] = waiting.splice(at, 1) as [Other];
      waiting.push(other);
      yield { window, other };
    }
  }
}

function convolution(window: Window, channels: number, filters: number, activation: Activation): Case {
  const { size } = window;
  const builder = widened(size, channels)
    .conv2d('conv2d', { ...extents(window), filters, activation })
    .output('result');
  return {
    kind: 'conv2d',
    parameters: { ...describe(window), channels, filters, activation },
    graph: builder.finish(),
  };
}

/** Sums of a thousand terms and more, of one sign: in half precision they would be off by many times the limit. */
function longSums(): Case[] {
  const window: Window = { kernel: 3, stride: 2, dilation: 1, padding: 'same', size: square(13) };
  return [91, 273].map((channels) => {
    const { parameters, ...rest } = convolution(window, channels, 24, 'none');
    return { ...rest, parameters: { ...parameters, signs: 'positive' }, signs: 'positive' };
  });
}

/** Kernels, strides and dilations that differ along the axes. */
function oblong(): Case[] {
  const size = { height: 19, width: 22 };
  const shapes: [kernel: Extent, stride: Extent, dilation: Extent][] = [
    [{ height: 1, width: 3 }, square(1), square(1)],
    [{ height: 5, width: 1 }, { height: 2, width: 1 }, square(1)],
    [{ height: 3, width: 2 }, { height: 1, width: 3 }, square(1)],
    [square(3), square(1), { height: 1, width: 4 }],
  ];
  const written = ({ height, width }: Extent) => `${height}x${width}`;
  return shapes.flatMap(([kernel, stride, dilation]) => {
    const parameters = {
      kernel: written(kernel),
      stride: written(stride),
      dilation: written(dilation),
      input: written(size),
      channels: 24,
    };
    const fields = { kernel, stride, dilation };
    const plain = widened(size, 24)
      .conv2d('conv2d', { ...fields, filters: 8 })
      .output('result');
    const depthwise = widened(size, 24).depthwiseConv2d('depthwise', fields).output('result');
    return [
      { kind: 'conv2d' as const, parameters, graph: plain.finish() },
      { kind: 'depthwiseConv2d' as const, parameters, graph: depthwise.finish() },
    ];
  });
}

export function convolutionCases(): Case[] {
  const others = coveringRows({ channels: channelCounts, filters: channelCounts, activation: activations }, 2);
  const fits = (window: Window, { channels, filters }: (typeof others)[number]) =>
    window.kernel ** 2 * channels <= mostTerms && outputPixels(window) * window.kernel ** 2 * channels * filters <= mostMacs;
  const all = windows([1, 2, 3, 5, 7], [1, 2, 4, 12]);
  return [
    ...Array.from(paired(all, others, fits), ({ window, other }) =>
      convolution(window, other.channels, other.filters, other.activation),
    ),
    ...longSums(),
    ...oblong().filter(({ kind }) => kind === 'conv2d'),
  ];
}

export function depthwiseCases(): Case[] {
  const others = coveringRows({ channels: channelCounts, activation: activations }, 2);
  const all = windows([1, 2, 3, 4, 5], [1, 2, 4, 12]);
  const cases = Array.from(
    paired(all, others, () => true),
    ({ window, other: { channels, activation } }): Case => {
      const builder = widened(window.size, channels).depthwiseConv2d('depthwise', { ...extents(window), activation });
      return {
        kind: 'depthwiseConv2d',
        parameters: { ...describe(window), channels, activation },
        graph: builder.output('result').finish(),
      };
    },
  );
  return [...cases, ...oblong().filter(({ kind }) => kind === 'depthwiseConv2d')];
}

export function averagePoolCases(): Case[] {
  const rows = coveringRows(
    { kernel: [2, 3, 5, 7], stride: [1, 2, 3], padding: ['same', 'valid'], size: sizes, channels: [3, 8, 91] },
    2,
  );
  return rows.map(({ kernel, stride, padding, size, channels }) => ({
    kind: 'averagePool',
    parameters: { kernel, stride, padding, input: `${size.height}x${size.width}`, channels },
    graph: widened(size, channels).averagePool('pool', { kernel, stride, padding }).output('result').finish(),
  }));
}

export function globalAveragePoolCases(): Case[] {
  const inputs = [
    { height: 7, width: 7 },
    { height: 33, width: 33 },
    { height: 5, width: 8 },
    { height: 1, width: 1 },
  ];
  return coveringRows({ size: inputs, channels: [24, 91, 273] }, 2).map(({ size, channels }) => ({
    kind: 'globalAveragePool',
    parameters: { input: `${size.height}x${size.width}`, channels },
    graph: widened(size, channels).globalAveragePool('pool').output('result').finish(),
  }));
}
