import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { MobileNetError } from '../errors';
import { bundledSource, listModels, MODELS_DIRECTORY, readRegistry, unknownModel } from '../models/registry';
import { cacheFolder, cachePaths } from '../models/registry/cache';
import { MODEL_NAME } from '../models/registry/validate';
import { checkOptionNames, checkSignal, invalidOption } from '../options';
import { writeError } from '../write-error';
import { withLock } from './lock';
import { UNFINISHED } from './pull-model';
import { makeFolder } from './store';

/** Options of `removeModel`. */
export interface RemoveOptions {
  /** Stops the waiting for a process that pulls the model. */
  signal?: AbortSignal;
}

/** Paths of the entries of a folder whose names match. */
async function entriesOf(folder: string, pattern: RegExp): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => pattern.test(name)).map((name) => path.join(folder, name));
}

/** What there is of a model in the cache: unfinished downloads, and what processes that were killed have left, included. */
async function filesOf(name: string, folder: string): Promise<string[]> {
  const escaped = name.replaceAll('.', '\\.');
  const { model, record } = cachePaths(name, folder);
  const files = [
    model,
    record,
    ...(await entriesOf(folder, new RegExp(`^\\.${escaped}-[0-9a-f-]{36}\\.part$`))),
    ...(await entriesOf(
      path.join(folder, UNFINISHED),
      new RegExp(`^${escaped}-([0-9a-f]{16}\\.part(\\.origin)?|unpacked-[0-9A-Za-z]{6})$`),
    )),
  ];
  const there = await Promise.all(
    files.map((file) =>
      stat(file).then(
        () => true,
        () => false,
      ),
    ),
  );
  return files.filter((_, index) => there[index]);
}

/** `removeModel` with folders of one's own. */
export async function removeModelFrom(
  surroundings: { directory?: string; folder?: string },
  name: string,
  options?: RemoveOptions,
): Promise<string[]> {
  const { directory = MODELS_DIRECTORY, folder = cacheFolder() } = surroundings;
  if (typeof name !== 'string' || name === '') {
    throw invalidOption('the model', 'the name of a pulled model', name);
  }
  const given = checkOptionNames(options, ['signal'], 'removeModel');
  const signal = given.signal === undefined ? undefined : checkSignal('signal', given.signal);
  const entries = await readRegistry(directory);
  const entry = entries.find((model) => model.name === name);
  const before = MODEL_NAME.test(name) ? await filesOf(name, folder) : [];
  if (before.length === 0) {
    if (!entry) {
      throw unknownModel(name, await listModels(directory, folder));
    }
    if (bundledSource(entry)) {
      throw new MobileNetError('ERR_INVALID_OPTION', `expected the name of a pulled model but '${name}' comes with the package`);
    }
    throw new MobileNetError('ERR_MODEL_NOT_FOUND', `'${name}' has not been pulled: there is nothing of it in '${folder}'`);
  }
  await makeFolder(path.join(folder, UNFINISHED));
  return withLock(path.join(folder, UNFINISHED, name), { signal }, async () => {
    // A process that was waited for has finished what there was of it before.
    const files = await filesOf(name, folder);
    for (const file of files) {
      await rm(file, { recursive: true, force: true }).catch((error: unknown) => {
        throw writeError(file, error);
      });
    }
    return files;
  });
}
