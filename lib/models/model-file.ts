import { MobileNetError } from '../errors';
import { graphTensors } from '../graph/tensors';
import { checkOneOf, checkOptionNames } from '../options';
import { parseStrictJson } from '../strict-json';
import { escapeControlCharacters } from '../untrusted';
import type { ModelDescription } from './description';
import type { WeightType } from './encode-tensors';
import { type ModelTensor, readTensors, type TensorValues } from './model-tensors';
import { readSafetensors, type Safetensors, writeSafetensors } from './safetensors';
import { type ReadFileOptions, readSafetensorsFile } from './safetensors-file';
import { validateDescription } from './validate-description';

export type { WeightType } from './encode-tensors';
export type { BytePlace, ModelTensor, TensorValues } from './model-tensors';

/** Key of the description in a model file's `__metadata__`. */
export const METADATA_KEY = 'mobilenet-metal';

/** A model file, read and checked. */
export interface Model {
  description: ModelDescription;
  /** Just the tensors the graph needs, in the shapes it needs, by where they lie in `data`. Has no prototype, so any name is safe. */
  tensors: Record<string, ModelTensor>;
  data: Uint8Array;
}

export interface EncodeOptions {
  /** How to store the weights of convolutions. Default `float16`. */
  weights?: WeightType;
}

function corrupt(message: string): MobileNetError {
  return new MobileNetError('ERR_MODEL_CORRUPT', message);
}

function readDescription(metadata: ReadonlyMap<string, string>): ModelDescription {
  const text = metadata.get(METADATA_KEY);
  if (text === undefined) {
    throw corrupt(
      `expected a model file, whose __metadata__ holds '${METADATA_KEY}', but this safetensors file has none: ` +
        'it was not written by mobilenet-metal',
    );
  }
  let document: unknown;
  try {
    document = parseStrictJson(text);
  } catch (error) {
    throw corrupt(`the description in its __metadata__ is not valid JSON: ${(error as SyntaxError).message}`);
  }
  return validateDescription(document);
}

function toModel(file: Safetensors): Model {
  const description = readDescription(file.metadata);
  return { description, tensors: readTensors(graphTensors(description.graph), file), data: file.data };
}

/** Runs `work`, putting the file's name before the message of what it throws. */
function naming<T>(source: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof MobileNetError) {
      const message = `${source}: ${escapeControlCharacters(error.message)}`;
      throw new MobileNetError(error.code, message, { cause: error });
    }
    throw error;
  }
}

/**
 * Reads a model file held in memory. {@link Model.data} is a view of `file`.
 * @param sourceName what to call the file in messages
 * @throws MobileNetError ERR_MODEL_CORRUPT, saying what is wrong where; ERR_UNSUPPORTED_OPERATION
 */
export function parseModel(file: Uint8Array, sourceName: string): Model {
  const content = readSafetensors(file, sourceName);
  return naming(sourceName, () => toModel(content));
}

/**
 * Reads a model file from disk.
 * @throws MobileNetError ERR_MODEL_NOT_FOUND when there is no readable file; ERR_MODEL_CORRUPT, saying what is wrong where;
 *   ERR_UNSUPPORTED_OPERATION. An abort rejects with the signal's reason.
 */
export async function loadModelFile(path: string, options: ReadFileOptions = {}): Promise<Model> {
  const content = await readSafetensorsFile(path, options);
  return naming(path, () => toModel(content));
}

/**
 * Writes a model file. The same model always gives the same bytes.
 * @param description checked as a file's would be
 * @param tensors just the tensors that `description.graph` needs
 * @throws MobileNetError ERR_MODEL_CORRUPT when the description or a tensor does not hold together, or a value is not finite;
 *   ERR_UNSUPPORTED_OPERATION; ERR_INVALID_OPTION for an unknown option, or a weight beyond float16's range.
 */
export function encodeModel(
  description: ModelDescription,
  tensors: ReadonlyMap<string, TensorValues>,
  options?: EncodeOptions,
): Uint8Array {
  // Loaded here: most only read models.
  const { encodeTensors, WEIGHT_TYPES } = require('./encode-tensors') as typeof import('./encode-tensors');
  const given = checkOptionNames(options, ['weights'], 'encodeModel');
  const weights = checkOneOf('weights', given.weights ?? 'float16', WEIGHT_TYPES);
  const checked = validateDescription(description);
  const encoded = encodeTensors(graphTensors(checked.graph), tensors, weights);
  return writeSafetensors(encoded, new Map([[METADATA_KEY, JSON.stringify(checked)]]));
}
