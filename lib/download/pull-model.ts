import { createHash } from 'node:crypto';
import path from 'node:path';
import type { ConvertedModel, ConvertModelOptions } from '../convert/convert-model';
import { namedColors, namedLabels } from '../convert/labels';
import { MobileNetError } from '../errors';
import {
  type ListedModel,
  listModels,
  MODELS_DIRECTORY,
  type RemoteSource,
  remoteSources,
  unknownModel,
} from '../models/registry';
import { type CachedModel, type CacheRecord, cacheFolder, cachePaths, findCached, verifyCached } from '../models/registry/cache';
import { checkBoolean, checkFunction, checkOptionNames, checkSignal, invalidOption } from '../options';
import { version } from '../version';
import { isOffline } from './environment';
import { downloadOf, type FetchedSource, fetchSource, isVerifiable } from './fetch-source';
import { withLock } from './lock';
import { makeFolder, removeLeftovers, storeFile } from './store';

/** How far a pull has come. */
export interface PullProgress {
  /** `waiting` for another process that pulls the same model; the others in their order. */
  phase: 'waiting' | 'downloading' | 'unpacking' | 'converting';
  /** Where it is downloaded from. */
  download?: string;
  /** Bytes downloaded so far. */
  loadedBytes?: number;
  /** Absent where the server does not say. */
  totalBytes?: number;
}

/** Options of `pullModel`. */
export interface PullOptions {
  /** Pulls a model whose download nobody has published a hash of; its hash is then remembered. Default false. */
  allowUnverified?: boolean;
  /** Pulls it again, though it is here. Default false. */
  force?: boolean;
  /** Told how far the pull has come. */
  onProgress?: (progress: PullProgress) => void;
  /** Stops the pull. What is downloaded by then stays for the next one. */
  signal?: AbortSignal;
}

/** A model that is here now. */
export interface PulledModel {
  /** What `load` calls it. */
  name: string;
  /** The model file. */
  path: string;
  /** Whether it comes with the package or lies in the cache folder. */
  location: 'bundled' | 'cached';
  /** Whether it was downloaded now; otherwise it was here already. */
  pulled: boolean;
  /** Where the weights came from. */
  source: string;
  /** Of the model file, in lower-case hexadecimal. */
  sha256: string;
  /** Size of the model file. */
  bytes: number;
  /** Hash of what was downloaded. Absent for bundled models. */
  downloadSha256?: string;
  /** Whether a hash known beforehand vouched for the download. */
  verified: boolean;
  /** What the conversion did; absent for a model that was here already. */
  conversion?: Omit<ConvertedModel, 'bytes'>;
}

type Convert = (source: string, options: ConvertModelOptions) => Promise<ConvertedModel>;

/** What tests choose for themselves. */
export interface PullSurroundings {
  convert: Convert;
  /** Where `registry.json` and the bundled files lie. */
  directory?: string;
  /** The folder of pulled models. */
  folder?: string;
  /** Milliseconds without a byte after which a download is given up. */
  stallTimeout?: number;
  /** Milliseconds after which a process that has stopped in the middle is taken for dead. */
  lockStale?: number;
}

const OPTION_NAMES = ['allowUnverified', 'force', 'onProgress', 'signal'] as const satisfies readonly (keyof PullOptions)[];

/** The cache's folder of unfinished downloads and of locks. */
export const UNFINISHED = 'partial';

function asPulled(name: string, { path: file, source, sha256, bytes, downloadSha256, verified }: CachedModel): PulledModel {
  return { name, path: file, location: 'cached', pulled: false, source, sha256, bytes, downloadSha256, verified };
}

/** The model in the cache, where it is whole. */
async function findWhole(name: string, folder: string, signal?: AbortSignal): Promise<CachedModel | undefined> {
  try {
    const cached = await findCached(name, folder);
    if (cached) {
      await verifyCached(cached, signal);
    }
    return cached;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof MobileNetError) {
      return undefined; // Damaged: it is pulled anew.
    }
    throw error;
  }
}

class Pull {
  constructor(
    readonly entry: ListedModel,
    readonly options: PullOptions,
    readonly surroundings: PullSurroundings & { folder: string },
  ) {}

  get #unfinished(): string {
    return path.join(this.surroundings.folder, UNFINISHED);
  }

  async run(): Promise<PulledModel> {
    const { name } = this.entry;
    const { folder, lockStale } = this.surroundings;
    const { signal, force, onProgress } = this.options;
    const before = await findWhole(name, folder, signal);
    if (before && !force) {
      return asPulled(name, before);
    }
    if (isOffline()) {
      throw new MobileNetError('ERR_DOWNLOAD', `cannot pull '${name}': MOBILENET_METAL_OFFLINE forbids the network`);
    }
    const sources = this.#usableSources(before);
    await makeFolder(this.#unfinished).catch((error: MobileNetError) => {
      const advice = 'set MOBILENET_METAL_CACHE to a folder for pulled models that can be written';
      throw new MobileNetError(error.code, `${error.message}: ${advice}`, { cause: error });
    });
    const onWait = () => onProgress?.({ phase: 'waiting' });
    return withLock(path.join(this.#unfinished, name), { onWait, signal, stale: lockStale }, async (lockSignal) => {
      const meanwhile = await findWhole(name, folder, lockSignal);
      if (meanwhile && meanwhile.pulled !== before?.pulled) {
        return asPulled(name, meanwhile); // Another process has just pulled it.
      }
      await removeLeftovers(folder, `.${name}-`);
      await removeLeftovers(this.#unfinished, `${name}-unpacked-`);
      return this.#pullFromAny(sources, before, lockSignal);
    });
  }

  /** The hash of this source's earlier download, which the user has accepted then. */
  #remembered(source: RemoteSource, before: CachedModel | undefined): string | undefined {
    return before && !isVerifiable(source) && before.download === downloadOf(source) ? before.downloadSha256 : undefined;
  }

  #usableSources(before: CachedModel | undefined): RemoteSource[] {
    const { name } = this.entry;
    const all = remoteSources(this.entry);
    const usable = all.filter(
      (source) => this.options.allowUnverified || isVerifiable(source) || this.#remembered(source, before) !== undefined,
    );
    if (all.length === 0) {
      throw new MobileNetError(
        'ERR_MODEL_NOT_FOUND',
        `'${name}' comes with the package but its file is missing: install it again`,
      );
    }
    if (usable.length === 0) {
      const why = `nobody has published a hash of '${name}', so that it cannot be checked`;
      throw new MobileNetError('ERR_INVALID_OPTION', `${why}: pass allowUnverified (--allow-unverified) to pull it all the same`);
    }
    return usable;
  }

  /** Tries one source after the other, as long as they cannot be had. */
  async #pullFromAny(
    sources: readonly RemoteSource[],
    before: CachedModel | undefined,
    signal: AbortSignal,
  ): Promise<PulledModel> {
    const failures: MobileNetError[] = [];
    for (const source of sources) {
      try {
        return await this.#pullFrom(source, this.#remembered(source, before), signal);
      } catch (error) {
        if (!(error instanceof MobileNetError) || error.code !== 'ERR_DOWNLOAD' || signal.aborted) {
          throw error;
        }
        failures.push(error);
      }
    }
    const [first] = failures;
    if (first && failures.length === 1) {
      throw first;
    }
    const message = `cannot pull '${this.entry.name}' from any of its sources:\n${failures.map((error) => `  ${error.message}`).join('\n')}`;
    throw new MobileNetError('ERR_DOWNLOAD', message, { cause: first });
  }

  /** @param lockSignal only of the download: what is downloaded lies apart, and may be stored even after the lock has been lost */
  async #pullFrom(source: RemoteSource, remembered: string | undefined, lockSignal: AbortSignal): Promise<PulledModel> {
    const { name } = this.entry;
    const { onProgress, signal } = this.options;
    const { stallTimeout } = this.surroundings;
    const download = downloadOf(source);
    const fetched = await fetchSource(source, {
      name,
      folder: this.#unfinished,
      remembered,
      stallTimeout,
      signal: lockSignal,
      onProgress: (loadedBytes, totalBytes) => onProgress?.({ phase: 'downloading', download, loadedBytes, totalBytes }),
      onUnpack: () => onProgress?.({ phase: 'unpacking', download }),
    });
    let finished = false;
    try {
      onProgress?.({ phase: 'converting' });
      const { bytes, ...conversion } = await this.surroundings.convert(fetched.model, this.#conversionOptions(source, fetched));
      signal?.throwIfAborted();
      const record = await this.#store(fetched, bytes);
      finished = true;
      return { ...asPulled(name, record), pulled: true, conversion };
    } finally {
      await fetched.remove(!finished);
    }
  }

  #conversionOptions(source: RemoteSource, fetched: FetchedSource): ConvertModelOptions {
    const { signal } = this.options;
    const { name, description, license, task, conversion } = this.entry;
    const { labels: list, ...rest } = { ...conversion, ...source.conversion };
    const labels = list === undefined ? undefined : namedLabels(list);
    const colors = list === undefined || task !== 'segment' ? undefined : namedColors(list);
    const known = { name, description, license, task, source: fetched.source };
    return {
      ...{ ...rest, ...known },
      ...(labels ? { labels } : {}),
      ...(colors ? { colors } : {}),
      ...(signal ? { signal } : {}),
    };
  }

  async #store({ source, download, downloadSha256, verified }: FetchedSource, bytes: Uint8Array): Promise<CachedModel> {
    const { name } = this.entry;
    const { model, record } = cachePaths(name, this.surroundings.folder);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const pulled = new Date().toISOString();
    const facts: CacheRecord = {
      ...{ formatVersion: 1 as const, source, download, downloadSha256, verified, pulled },
      ...{ version, sha256, bytes: bytes.length },
    };
    await storeFile(model, name, bytes);
    await storeFile(record, name, `${JSON.stringify(facts, null, 2)}\n`);
    return { ...facts, name, path: model };
  }
}

/** `pullModel` with a converter and folders of one's own. */
export async function pullModelWith(surroundings: PullSurroundings, name: string, options?: PullOptions): Promise<PulledModel> {
  if (typeof name !== 'string' || name === '') {
    throw invalidOption('the model', 'the name of a published model', name);
  }
  const { allowUnverified, force, onProgress, signal } = checkOptionNames(options, OPTION_NAMES, 'pullModel');
  const checked: PullOptions = {
    allowUnverified: checkBoolean('allowUnverified', allowUnverified ?? false),
    force: checkBoolean('force', force ?? false),
    ...(onProgress === undefined ? {} : { onProgress: checkFunction('onProgress', onProgress) }),
    ...(signal === undefined ? {} : { signal: checkSignal('signal', signal) }),
  };
  signal?.throwIfAborted();
  const { directory = MODELS_DIRECTORY, folder = cacheFolder() } = surroundings;
  const models = await listModels(directory, folder);
  const entry = models.find((model) => model.name === name);
  if (!entry) {
    throw unknownModel(name, models);
  }
  if (entry.location === 'bundled') {
    const { path: file, source, sha256, bytes } = entry as Required<ListedModel>;
    return { name, path: file, location: 'bundled', pulled: false, source, sha256, bytes, verified: true };
  }
  return new Pull(entry, checked, { ...surroundings, folder }).run();
}
