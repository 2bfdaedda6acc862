import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { MobileNetError } from '../../errors';
import { parseStrictJson } from '../../strict-json';
import { readBoolean, readInteger, readObject, readString } from '../../untrusted';
import { MODEL_NAME } from './validate';
import { MODEL_EXTENSION, readCount, readPattern } from './validate-source';

const FOLDER_NAME = 'mobilenet-metal';

/** The process's surroundings, as far as they decide where the cache folder is. */
interface Surroundings {
  env: NodeJS.ProcessEnv;
  platform: NodeJS.Platform;
  /** Undefined where the user has none, as in containers that run as a number without an entry in the system's list of users. */
  home: string | undefined;
}

/** The user's home folder; where `HOME` is set to nothing there is none, lest models were kept in whatever the current folder is. */
export function homeFolder(): string | undefined {
  try {
    return homedir() || undefined;
  } catch {
    return undefined;
  }
}

/**
 * The folder of pulled models: `MOBILENET_METAL_CACHE`; else `mobilenet-metal` in `XDG_CACHE_HOME` (which counts only when absolute, as the
 * XDG Base Directory specification says), in `~/Library/Caches` on macOS, in `%LOCALAPPDATA%` on Windows, in `~/.cache` elsewhere.
 *
 * @throws MobileNetError ERR_INVALID_OPTION where all that is needed is a home folder, and there is none
 */
export function cacheFolder(surroundings?: Partial<Surroundings>): string {
  const folder = findCacheFolder(surroundings);
  if (folder === undefined) {
    const message = 'there is no home folder to keep pulled models in: set MOBILENET_METAL_CACHE to the folder to use instead';
    throw new MobileNetError('ERR_INVALID_OPTION', message);
  }
  return folder;
}

/** {@link cacheFolder}, undefined where there is none: what can be done without pulled models must not fail for that. */
export function findCacheFolder({
  env = process.env,
  platform = process.platform,
  ...given
}: Partial<Surroundings> = {}): string | undefined {
  if (env.MOBILENET_METAL_CACHE) {
    return path.resolve(env.MOBILENET_METAL_CACHE);
  }
  if (env.XDG_CACHE_HOME && path.isAbsolute(env.XDG_CACHE_HOME)) {
    return path.join(env.XDG_CACHE_HOME, FOLDER_NAME);
  }
  if (platform === 'win32' && env.LOCALAPPDATA) {
    return path.join(env.LOCALAPPDATA, FOLDER_NAME);
  }
  const home = 'home' in given ? given.home : homeFolder();
  if (home === undefined) {
    return undefined;
  }
  if (platform === 'darwin') {
    return path.join(home, 'Library', 'Caches', FOLDER_NAME);
  }
  if (platform === 'win32') {
    return path.join(home, 'AppData', 'Local', FOLDER_NAME);
  }
  return path.join(home, '.cache', FOLDER_NAME);
}

/** What is kept beside a pulled model, as JSON. */
export interface CacheRecord {
  formatVersion: 1;
  /** Where the model came from. */
  source: string;
  /** The address, or the npm package and version, it was downloaded from. */
  download: string;
  /** Of what was downloaded. */
  downloadSha256: string;
  /** Whether a hash known beforehand vouched for the download. */
  verified: boolean;
  /** When it was pulled, ISO 8601. */
  pulled: string;
  /** Version of this package that converted it. */
  version: string;
  /** Of the model file. */
  sha256: string;
  bytes: number;
}

/** A model in the cache folder. */
export interface CachedModel extends CacheRecord {
  name: string;
  path: string;
}

const HASH = [/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits'] as const;
const LONGEST_LINE = 4096;

function readRecord(value: unknown): CacheRecord {
  const fields = readObject(value, 'record', [
    ...(['formatVersion', 'source', 'download', 'downloadSha256'] as const),
    ...(['verified', 'pulled', 'version', 'sha256', 'bytes'] as const),
  ]);
  readInteger(fields.formatVersion, 'formatVersion', 1, 1);
  return {
    formatVersion: 1,
    source: readString(fields.source, 'source', LONGEST_LINE),
    download: readString(fields.download, 'download', LONGEST_LINE),
    downloadSha256: readPattern(fields.downloadSha256, 'downloadSha256', ...HASH),
    verified: readBoolean(fields.verified, 'verified'),
    pulled: readString(fields.pulled, 'pulled'),
    version: readString(fields.version, 'version'),
    sha256: readPattern(fields.sha256, 'sha256', ...HASH),
    bytes: readCount(fields.bytes, 'bytes'),
  };
}

/** Where a model and its record lie in a cache folder. */
export function cachePaths(name: string, folder: string): { model: string; record: string } {
  return { model: path.join(folder, `${name}${MODEL_EXTENSION}`), record: path.join(folder, `${name}.json`) };
}

export function damagedModel(name: string, why: string, cause?: unknown): MobileNetError {
  const advice = `pull it again: mobilenet models pull ${name} --force`;
  return new MobileNetError('ERR_MODEL_CORRUPT', `'${name}' in the cache folder is damaged (${why}): ${advice}`, { cause });
}

/**
 * The model of that name in a cache folder; undefined where there is none, or none that was pulled to its end.
 * @throws MobileNetError ERR_MODEL_CORRUPT where its record cannot be read, or its size is not what the record says
 */
export async function findCached(name: string, folder: string): Promise<CachedModel | undefined> {
  if (!MODEL_NAME.test(name)) {
    return undefined;
  }
  const { model, record } = cachePaths(name, folder);
  const size = await stat(model).then(
    (status) => (status.isFile() ? status.size : undefined),
    () => undefined,
  );
  const text = await readFile(record, 'utf8').catch(() => undefined);
  if (size === undefined || text === undefined) {
    return undefined;
  }
  let found: CacheRecord;
  try {
    found = readRecord(parseStrictJson(text));
  } catch (error) {
    throw damagedModel(name, `${record}: ${(error as Error).message}`, error);
  }
  if (found.bytes !== size) {
    throw damagedModel(name, `expected ${found.bytes} bytes but '${model}' has ${size}`);
  }
  return { ...found, name, path: model };
}

/** @throws MobileNetError ERR_MODEL_CORRUPT where the file's bytes are not those that were stored; on abort, the signal's reason */
export async function verifyCached({ name, path: file, sha256 }: CachedModel, signal?: AbortSignal): Promise<void> {
  // Loaded here: bundled models need no cryptography.
  const { hashFile } = require('./hash-file') as typeof import('./hash-file');
  let found: string;
  try {
    found = await hashFile(file, 'sha256', signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw damagedModel(name, `'${file}' cannot be read: ${(error as Error).message}`, error);
  }
  if (found !== sha256) {
    throw damagedModel(name, `expected the sha256 ${sha256} but '${file}' has ${found}`);
  }
}
