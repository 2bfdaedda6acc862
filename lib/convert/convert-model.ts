import { graphStatistics } from '../graph/statistics';
import type { ModelDescription } from '../models/description';
import { WEIGHT_TYPES, type WeightType } from '../models/encode-tensors';
import { encodeModel } from '../models/model-file';
import { checkBoolean, checkOneOf, checkOptionNames, checkSignal } from '../options';
import { checkConversion, type SelfCheck } from './check/self-check';
import type { CheckpointOptions } from './checkpoint/read-checkpoint';
import { type Conversion, type ConversionOptions, convertGraph, type ReportLine } from './convert';
import { detectFormat, type FoundSource } from './detect-format';
import { checkHeadOptions, knownHead } from './known-head';
import { CONVERSION_OPTION_NAMES, checkConversionOptions } from './lowering/check-options';
import { checkLabelList, type LabelList, withLabels, withOwnLabels } from './model-labels';
import { modelName } from './model-name';
import { type ReadSourceOptions, readSource } from './read-source';
import { checkSourceInMemory, locateSource, type SourceFiles, type SourceInMemory } from './source-files';
import type { SourceFormat, SourceModel } from './source-model';

export type { ReportLine } from './convert';
export type { SourceInMemory } from './source-files';

/** What a file cannot say, and how the model is written. Everything has a default that the file or its format gives. */
export interface ConvertModelOptions extends Partial<Omit<ConversionOptions, 'head' | 'labels'>>, CheckpointOptions {
  /** Label of each class index, null where there is none; or the name of a data set: `imagenet`, `coco`, `pascal-voc` … */
  labels?: (string | null)[] | string;
  /** Signature of a SavedModel. Default `serving_default`, or the only one. */
  signature?: string;
  /**
   * How the weights of convolutions are stored; biases are float32. `keep` (the default) keeps quantised and float16 weights as the source has
   * them and the rest in float32; `float32` is exact in more bytes; `float16` halves them; `mixed` is float16 with tensors of at most 8192
   * elements in float32, as in the bundled models.
   */
  weights?: WeightType;
  /** Whether the result is run and compared with the source. Default true. */
  check?: boolean;
  /** Rejects with its reason. */
  signal?: AbortSignal;
}

/** A converted model and what there is to say about the conversion. */
export interface ConvertedModel {
  /** The model file. */
  bytes: Uint8Array;
  /** What the model file says of itself. */
  description: ModelDescription;
  /** Of the source. */
  format: SourceFormat;
  /** What was folded, moved or dropped, and how often. */
  report: ReportLine[];
  /** What the reader found out or took for granted. */
  notes: string[];
  /** Weights and biases. */
  parameters: number;
  /** Multiply-accumulates for one picture. */
  macs: number;
  /** Absent when it was not asked for. */
  check?: SelfCheck;
}

const OPTION_NAMES = [
  ...CONVERSION_OPTION_NAMES.filter((name) => name !== 'head'), // which the source says
  'outputStride',
  'atrousRates',
  'signature',
  'weights',
  'check',
  'signal',
] as const satisfies readonly (keyof ConvertModelOptions)[];

/** SPDX's word for a licence that nobody has stated. */
const NO_LICENSE = 'NOASSERTION';

function locate(source: string | SourceInMemory): Promise<SourceFiles> {
  return typeof source === 'string' ? locateSource(source) : Promise.resolve(checkSourceInMemory(source));
}

/** The object without the properties that are undefined. */
function defined<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}

/** The options that the lowering takes. */
function loweringOptions(options: Partial<ConvertModelOptions>): Partial<ConversionOptions> {
  const { signature: _s, weights: _w, check: _c, signal: _a, labels: _l, outputStride: _o, atrousRates: _r, ...given } = options;
  const { nonMaxSuppression } = given;
  const plain = typeof nonMaxSuppression === 'object' && nonMaxSuppression !== null;
  return defined({ ...given, ...(plain ? { nonMaxSuppression: defined(nonMaxSuppression) } : {}) });
}

/** The caller's words before the file's, and those before the defaults. */
function conversionOptions(model: SourceModel, found: FoundSource, given: Partial<ConversionOptions>): ConversionOptions {
  const { description, inputRange, resize } = model;
  const head = knownHead(model.head, given);
  return {
    name: modelName(found, model.name),
    license: model.license ?? NO_LICENSE,
    source: found.name,
    ...defined({ description, inputRange, resize, head }),
    ...given,
  };
}

/** Says where the caller's range is not the source's: by more than what quantised inputs round. */
function rangeNotes(own: [number, number] | undefined, given: [number, number] | undefined): string[] {
  if (!own || !given) {
    return [];
  }
  const [low, high] = own;
  const differs = own.some((end, index) => Math.abs(end - (given[index] as number)) > Math.abs(high - low) / 20);
  return differs
    ? [`careful: the inputRange given is ${given.join(' to ')}, but by the source pixels 0 to 255 are ${low} to ${high}`]
    : [];
}

/** What the reader needs to know. */
function readingOptions({ signature, inputSize, outputStride, atrousRates }: Partial<ConvertModelOptions>): ReadSourceOptions {
  return defined({ signature, inputSize, outputStride, atrousRates });
}

/** Everything that can be said of the options before the source is looked at. */
function checkOptions(options: ConvertModelOptions | undefined) {
  const given = checkOptionNames(options, OPTION_NAMES, 'convertModel');
  const lowering = loweringOptions(given);
  checkConversionOptions({ name: 'a', license: 'a', source: 'a', ...lowering });
  return {
    lowering,
    reading: readingOptions(given),
    labels: given.labels === undefined ? undefined : checkLabelList(given.labels),
    weights: checkOneOf('weights', given.weights ?? 'keep', WEIGHT_TYPES),
    check: checkBoolean('check', given.check ?? true),
    signal: given.signal === undefined ? undefined : checkSignal('signal', given.signal),
  };
}

/** Keras' networks count their classes from 0; those of TF-slim and the Object Detection API have the background there. */
const WITHOUT_BACKGROUND: ReadonlySet<SourceFormat> = new Set(['keras-h5', 'keras', 'tfjs-layers-model']);

/** The description with the caller's labels, else the source's own. */
function describeClasses(
  description: ModelDescription,
  model: SourceModel,
  labels: LabelList | undefined,
  notes: string[],
): ModelDescription {
  if (labels) {
    return withLabels(description, labels, notes, !WITHOUT_BACKGROUND.has(model.format));
  }
  return model.labels ? withOwnLabels(description, model.labels, notes) : description;
}

/**
 * Converts whatever TensorFlow left: a TensorFlow Lite model, a frozen graph, a SavedModel, a checkpoint, a Keras or a TensorFlow.js model.
 * Works for some seconds on the calling thread.
 *
 * @param source path of the file or folder (of a checkpoint also what its files' names begin with), or the files in memory
 * @throws {MobileNetError} `ERR_MODEL_NOT_FOUND` where there is nothing to read, `ERR_MODEL_CORRUPT` for damaged files,
 *   `ERR_UNSUPPORTED_OPERATION` naming what has no counterpart, `ERR_INVALID_OPTION` for options that are wrong or missing,
 *   `ERR_CONVERSION_CHECK` when the result computes something else than the source
 */
export async function convertModel(source: string | SourceInMemory, options?: ConvertModelOptions): Promise<ConvertedModel> {
  const { lowering, reading, labels, weights, check, signal } = checkOptions(options);
  signal?.throwIfAborted();
  const found = await detectFormat(await locate(source));
  const model = await readSource(found, reading);
  signal?.throwIfAborted();
  const notes = [...(model.notes ?? []), ...rangeNotes(model.inputRange, lowering.inputRange)];
  const conversion = convertGraph(model.graph, conversionOptions(model, found, lowering));
  checkHeadOptions(conversion.description, lowering);
  const description = describeClasses(conversion.description, model, labels, notes);
  const labelled: Conversion = { ...conversion, description };
  const bytes = encodeModel(description, conversion.tensors, { weights });
  signal?.throwIfAborted();
  const { parameters, macs } = graphStatistics(description.graph);
  return {
    bytes,
    description,
    format: model.format,
    report: conversion.report,
    notes,
    parameters,
    macs,
    ...(check ? { check: await checkConversion(model.graph, labelled, defined({ stored: bytes, signal })) } : {}),
  };
}
