import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { ConvertedModel, ConvertModelOptions } from '../convert/convert-model';
import { parseLabels } from '../convert/label-file';
import { LABEL_LISTS } from '../convert/labels';
import { MobileNetError } from '../errors';
import type { Task } from '../models/description';
import type { WeightType } from '../models/model-file';
import { writeWhole } from '../write-file';
import { collect, parseNumber } from './arguments';
import type { Context } from './context';
import { describeConversion, summarizeConversion } from './conversion-report';
import { parseResize, type Resize, withSampling } from './resize-option';

const examples = `
SOURCE is a TensorFlow Lite model (.tflite), a frozen graph (.pb), a SavedModel folder, a checkpoint (its .index
file, or what its files' names begin with), a Keras model (.h5, .keras), a TensorFlow.js model (model.json), or the
folder of one.

Examples:
  mobilenet convert mobilenet_v2_1.0_224_quant.tflite cats.safetensors --labels labels.txt
  mobilenet convert frozen_inference_graph.pb detector.safetensors --labels label_map.pbtxt
  mobilenet convert keras_model.h5 flowers.safetensors --input-range -1,1 --labels labels.txt
  mobilenet convert model.ckpt-1450000 v1.safetensors --labels imagenet --weights float16
  mobilenet convert saved_model/ net.safetensors --task embed --input-range 0,1`;

interface Flags {
  task?: Task;
  labels?: string;
  inputRange?: [number, number];
  inputSize?: { width: number; height: number };
  resize?: Resize;
  sampling?: string;
  outputStride?: ConvertModelOptions['outputStride'];
  atrousRates?: number[];
  activation?: ConvertModelOptions['activation'];
  output?: string[];
  signature?: string;
  name?: string;
  description?: string;
  license?: string;
  source?: string;
  weights?: WeightType;
  check: boolean;
  json?: boolean;
}

/** `6,12,18` */
function parseNumbers(text: string): number[] {
  return text.split(',').map(parseNumber);
}

/** `-1,1` */
function parseRange(text: string): [number, number] {
  const [low, high, ...more] = parseNumbers(text);
  if (low === undefined || high === undefined || more.length > 0) {
    throw new InvalidArgumentError('It must be two numbers, what 0 and 255 become, such as -1,1.');
  }
  return [low, high];
}

/** `224`, `320x240` (width first, as pictures are spoken of) */
function parseSize(text: string): { width: number; height: number } {
  const match = /^(\d{1,5})(?:x(\d{1,5}))?$/.exec(text);
  if (!match) {
    throw new InvalidArgumentError('It must be a size in pixels, such as 224 or 320x240.');
  }
  return { width: Number(match[1]), height: Number(match[2] ?? match[1]) };
}

export function addConvertCommand(program: Command, context: Context): void {
  program
    .command('convert')
    .description('Turn a TensorFlow model into a model file')
    .argument('<source>', 'file or folder of the TensorFlow model')
    .argument('<out>', 'model file to write, which ends in .safetensors')
    .option('--task <task>', 'classify, detect, segment or embed (default: found from the outputs)')
    .option('--labels <file|name>', `labels of the classes: a file, or one of ${LABEL_LISTS.join(', ')}`)
    .option('--input-range <low,high>', "what pixel values 0 and 255 become (default: the file's word)", parseRange)
    .option('--input-size <size>', 'input in pixels, such as 224 or 320x240, where the file leaves it open', parseSize)
    .option(
      '--resize <way>',
      'how pictures are brought to that size: stretch, central-crop[:fraction] or pad[:r,g,b] (default: stretch)',
      parseResize,
    )
    .option('--sampling <kind>', 'legacy, aligned-corners or half-pixel (default: legacy, as TensorFlow 1)')
    .option('--output-stride <n>', "of a DeepLab checkpoint's backbone, 8 or 16 (default: 8)", parseNumber)
    .option('--atrous-rates <list>', "of a DeepLab checkpoint's pyramid, such as 6,12,18", parseNumbers)
    .option('--activation <kind>', "what turns a classifier's outputs into scores: softmax, sigmoid or none")
    .option('--output <node>', 'output of the graph to convert up to; may be given several times', collect)
    .option('--signature <name>', 'signature of a SavedModel')
    .option('--name <name>', "name of the model (default: the file's)")
    .option('--description <text>', 'one line on what it is')
    .option('--license <spdx>', 'licence of the weights')
    .option('--source <text>', "where the weights came from (default: the file's name)")
    .option('--weights <storage>', 'keep (as the source has them), float32, float16 or mixed (default: keep)')
    .option('--no-check', 'do not run the result nor compare it with the source')
    .option('--json', 'print what was done as one JSON object')
    .addHelpText('after', examples)
    .action((source: string, out: string, flags: Flags) => convert(source, out, flags, context));
}

async function readLabels(given: string): Promise<NonNullable<ConvertModelOptions['labels']>> {
  if (LABEL_LISTS.includes(given)) {
    return given;
  }
  const text = await readFile(given, 'utf8').catch((cause: unknown) => {
    throw new MobileNetError(
      'ERR_INVALID_OPTION',
      `expected a file of labels, or one of ${LABEL_LISTS.join(', ')}, for --labels but '${given}' cannot be read: ${(cause as Error).message}`,
      { cause },
    );
  });
  return parseLabels(text, given);
}

async function toOptions(flags: Flags, signal: AbortSignal): Promise<ConvertModelOptions> {
  const { labels, output, resize, sampling, json: _, ...rest } = flags;
  const sampled = withSampling(resize, sampling);
  return {
    ...rest,
    ...(labels === undefined ? {} : { labels: await readLabels(labels) }),
    ...(output ? { outputs: output } : {}),
    ...(sampled ? { resize: sampled } : {}),
    signal,
  };
}

/** Before anything is converted: whether OUT can be a model file at all. */
async function checkOut(out: string): Promise<void> {
  if (!out.endsWith('.safetensors')) {
    throw new MobileNetError(
      'ERR_INVALID_OPTION',
      `expected a file name that ends in .safetensors to write but received '${out}'`,
    );
  }
  const [folder, there] = await Promise.all([stat(path.dirname(out)), stat(out)].map((found) => found.catch(() => undefined)));
  if (!folder?.isDirectory()) {
    throw new MobileNetError('ERR_INVALID_OPTION', `cannot write '${out}': '${path.dirname(out)}' is no folder`);
  }
  if (there?.isDirectory()) {
    throw new MobileNetError('ERR_INVALID_OPTION', `cannot write '${out}': it is a folder`);
  }
}

async function convert(source: string, out: string, flags: Flags, { output, signal }: Context): Promise<void> {
  await checkOut(out);
  // Loaded only here: other commands need not wait for the libraries for TensorFlow's formats.
  const { convertModel } = require('../convert/convert-model') as typeof import('../convert/convert-model');
  const converted: ConvertedModel = await convertModel(source, await toOptions(flags, signal));
  await writeWhole(out, converted.bytes, signal);
  if (flags.json) {
    await output.json(summarizeConversion(converted, out));
    return;
  }
  await output.lines(describeConversion(converted, out, output.stream.columns));
}
