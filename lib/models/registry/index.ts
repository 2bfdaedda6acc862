import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MobileNetError } from '../../errors';
import { describe, invalidOption, nearest } from '../../options';
import { parseStrictJson } from '../../strict-json';
import { type CachedModel, findCached, findCacheFolder, verifyCached } from './cache';
import { bundledSource, describeSource, type ListedModel, type RegistryEntry, remoteSources } from './entry';
import { validateEntry, validateRegistry } from './validate';
import { MODEL_EXTENSION } from './validate-source';

export * from './entry';
export { encodeRegistry, validateRegistry } from './validate';

/** A model to load: where its file is and, when it is one of the registry, what that says of it. */
export interface ResolvedModel {
  path: string;
  entry?: ListedModel;
}

/** The package's `models` directory, which lies equally far from `lib/models/registry` and from `dist/models/registry`. */
export const MODELS_DIRECTORY = join(__dirname, '..', '..', '..', 'models');
export const REGISTRY_FILE = 'registry.json';

/** Whether a model is named by the path of its file. */
export const looksLikePath = (text: string) => /[/\\]/.test(text) || text.endsWith(MODEL_EXTENSION);

/** What `read` makes of the registry's content. */
async function readFrom<T>(directory: string, read: (content: unknown) => T): Promise<T> {
  const path = join(directory, REGISTRY_FILE);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const message = `the list of models could not be read from '${path}': ${(error as Error).message}`;
    throw new MobileNetError('ERR_MODEL_NOT_FOUND', message, { cause: error });
  }
  try {
    return read(parseStrictJson(text));
  } catch (error) {
    throw new MobileNetError('ERR_MODEL_CORRUPT', `${path}: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * All published models that the package knows, by name.
 * @param directory where `registry.json` lies; the package's own by default
 * @throws MobileNetError ERR_MODEL_NOT_FOUND when there is no registry; ERR_MODEL_CORRUPT when it is damaged
 */
export async function readRegistry(directory = MODELS_DIRECTORY): Promise<RegistryEntry[]> {
  return readFrom(directory, validateRegistry);
}

/** The bundled file, where it is there. */
async function findBundled(entry: RegistryEntry, directory: string): Promise<ListedModel | undefined> {
  const source = bundledSource(entry);
  const path = join(directory, source?.file ?? '');
  const there = await stat(path).then(
    (status) => status.isFile(),
    () => false,
  );
  if (!source || !there) {
    return undefined;
  }
  const { file, sha256, bytes } = source;
  return { ...entry, location: 'bundled', source: originOf(entry), path, file, sha256, bytes };
}

/** Where a model's weights come from. */
function originOf(entry: RegistryEntry): string {
  const [first] = remoteSources(entry);
  return first ? describeSource(first) : 'this package';
}

function asListed(entry: RegistryEntry, { source, path, sha256, bytes }: CachedModel): ListedModel {
  return { ...entry, location: 'cached', source, path, sha256, bytes };
}

/** One model of the registry, and where it is. A damaged one in the cache counts as not being there. */
async function locate(entry: RegistryEntry, directory: string, folder: string | undefined): Promise<ListedModel> {
  const bundled = await findBundled(entry, directory);
  if (bundled) {
    return bundled;
  }
  const cached = folder === undefined ? undefined : await findCached(entry.name, folder).catch(() => undefined);
  return cached ? asListed(entry, cached) : { ...entry, location: 'available', source: originOf(entry) };
}

/**
 * All known models by name, with where they are: `bundled`, `cached` (pulled) or `available` (to be pulled).
 * @param directory where `registry.json` and the bundled files lie; the package's own by default
 * @param folder the folder of pulled models; the user's by default
 * @throws MobileNetError ERR_MODEL_NOT_FOUND when there is no registry; ERR_MODEL_CORRUPT when it is damaged
 */
export async function listModels(directory = MODELS_DIRECTORY, folder = findCacheFolder()): Promise<ListedModel[]> {
  const entries = await readRegistry(directory);
  return Promise.all(entries.map((entry) => locate(entry, directory, folder)));
}

/** The error for a name that is neither in the registry nor in the cache, with the nearest known one. */
export function unknownModel(name: string, models: readonly (RegistryEntry | ListedModel)[]): MobileNetError {
  const guess = nearest(
    name,
    models.map((model) => model.name),
  );
  const hint = guess ? `did you mean '${guess}'? ` : '';
  const here = models.filter((model) => 'location' in model && model.location !== 'available').map((model) => model.name);
  const list = here.length > 0 ? `models here: ${here.join(', ')}` : 'there are no models here';
  const rule = `mobilenet models list names those that can be pulled; a file's path holds a slash or ends in ${MODEL_EXTENSION}`;
  return new MobileNetError('ERR_MODEL_NOT_FOUND', `there is no model called ${describe(name)}: ${hint}${list}; ${rule}`);
}

function pathOfUrl(url: string | URL): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw invalidOption('the model', "a model's name, a path or a file: URL", String(url));
  }
}

/** Longer than it takes another process to put a model and then its record in the place of older ones. */
const REPLACING_MILLISECONDS = 100;

/** The model in the cache, checked. What does not fit together is looked at once more: it may just be being pulled again. */
async function findVerified(name: string, folder: string): Promise<CachedModel | undefined> {
  const find = async () => {
    const cached = await findCached(name, folder);
    if (cached) {
      await verifyCached(cached);
    }
    return cached;
  };
  return find().catch(async () => {
    await sleep(REPLACING_MILLISECONDS);
    return find();
  });
}

async function resolveName(name: string, directory: string, folder: string | undefined): Promise<ResolvedModel> {
  const entry = await readFrom(directory, (content) => validateEntry(content, name));
  const bundled = entry && (await findBundled(entry, directory));
  if (bundled?.path) {
    return { path: bundled.path, entry: bundled };
  }
  const cached = folder === undefined ? undefined : await findVerified(name, folder);
  if (cached) {
    return { path: cached.path, ...(entry ? { entry: asListed(entry, cached) } : {}) };
  }
  if (!entry) {
    throw unknownModel(name, await listModels(directory, folder));
  }
  throw new MobileNetError('ERR_MODEL_NOT_FOUND', `'${name}' is known but not here: run mobilenet models pull ${name}`);
}

/**
 * Finds a model's file: by name a bundled one, then a pulled one; what holds a slash or ends in `.safetensors` is a path.
 * @param directory where `registry.json` and the bundled files lie; the package's own by default
 * @param folder the folder of pulled models; the user's by default
 * @throws MobileNetError ERR_MODEL_NOT_FOUND for a known model that has to be pulled first, and for an unknown name, with the nearest known one;
 *   ERR_MODEL_CORRUPT for a pulled model whose file has changed; ERR_INVALID_OPTION for what is neither text nor a `file:` URL. Whether a path
 *   exists shows when it is loaded.
 */
export async function resolveModel(
  nameOrPath: string | URL,
  directory = MODELS_DIRECTORY,
  folder = findCacheFolder(),
): Promise<ResolvedModel> {
  if (nameOrPath instanceof URL) {
    return { path: pathOfUrl(nameOrPath) };
  }
  if (typeof nameOrPath !== 'string' || nameOrPath === '') {
    throw invalidOption('the model', "a model's name, a path or a file: URL", nameOrPath);
  }
  if (looksLikePath(nameOrPath)) {
    return { path: nameOrPath.startsWith('file://') ? pathOfUrl(nameOrPath) : nameOrPath };
  }
  return resolveName(nameOrPath, directory, folder);
}
