import { MobileNetError } from '../../errors';
import { MODELS_DIRECTORY, resolveModel } from '../../models/registry';
import { cacheFolder } from '../../models/registry/cache';
import type { Context } from '../context';

export interface PathFlags {
  cache?: boolean;
}

/** Prints where a model's file is, or the folder of the bundled or of the pulled models. */
export async function printPath(name: string | undefined, { cache }: PathFlags, { output }: Context): Promise<void> {
  if (name !== undefined && cache) {
    throw new MobileNetError('ERR_INVALID_OPTION', `expected no model with --cache but received '${name}'`);
  }
  const folder = cache ? cacheFolder() : MODELS_DIRECTORY;
  await output.path(name === undefined ? folder : (await resolveModel(name)).path);
}
