import { stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import picomatch from 'picomatch';
import { MobileNetError } from '../../errors';
import { describe, invalidOption } from '../../options';
import { listLines } from './list-lines';
import type { ListedInput } from './listed-input';
import { isArchiveName, isPictureName } from './picture-files';
import { inShard, type Shard } from './shard';
import { walkFolder } from './walk-folder';

export interface ListOptions {
  /** What `-` stands for: one image a line. */
  list?: AsyncIterable<Uint8Array | string>;
  /** The list's names are separated by null bytes, as `find -print0` writes them. Default false: by line breaks. */
  nullSeparated?: boolean;
  /** Only the pictures of this part. */
  shard?: Shard;
  signal?: AbortSignal;
}

/** The name for a list on standard input. */
export const listName = '-';

const notFound = (message: string, cause?: unknown) => new MobileNetError('ERR_INPUT_NOT_FOUND', message, { cause });

const isAddress = (input: string) => /^(https?:\/\/|file:\/\/|data:)/i.test(input);
const isCompressedArchive = (input: string) => /\.(tgz|tar\.(gz|bz2|xz|zst))$/i.test(input);

/**
 * The pictures that some inputs stand for, in the order of the inputs:
 *
 * - an `http:`, `https:`, `file:` or `data:` address, or a file: itself
 * - a `.tar` file: an archive, whose pictures come when it is read
 * - a folder: the files in it and in its folders that have a picture's ending, sorted; archives in it are left closed
 * - a glob: the files that match, sorted likewise
 * - `-`: what the list says, image by image, unchecked
 *
 * With a shard, only its part: by the hash of a file's path in the folder or below the glob's first wildcard, with `/` between the names, so
 * that it does not matter where a share is mounted; else by the hash of the name. Archives are listed in every part.
 *
 * Throws ERR_INPUT_NOT_FOUND for what is not there or holds no picture, ERR_INVALID_OPTION; on abort, the signal's reason.
 */
export async function* listInputs(
  inputs: readonly string[],
  options: ListOptions = {},
): AsyncGenerator<ListedInput, void, undefined> {
  if (inputs.filter((input) => input === listName).length > 1) {
    throw new MobileNetError('ERR_INVALID_OPTION', `expected the list '${listName}' once at most`);
  }
  for (const input of inputs) {
    options.signal?.throwIfAborted();
    yield* listInput(input, options);
  }
}

async function* listInput(input: string, options: ListOptions): AsyncGenerator<ListedInput, void, undefined> {
  const { list, nullSeparated = false, shard } = options;
  if (typeof input !== 'string' || input === '' || input.includes('\0')) {
    throw invalidOption('an input', 'a path, a glob or an address', input);
  }
  if (input === listName) {
    if (!list) {
      throw new MobileNetError('ERR_INVALID_OPTION', `there is no list for '${listName}' here`);
    }
    for await (const name of listLines(list, nullSeparated ? '\0' : '\n')) {
      yield* ofShard({ kind: 'image', name }, name, shard);
    }
    return;
  }
  if (isAddress(input)) {
    yield* ofShard({ kind: 'image', name: input }, input, shard);
    return;
  }
  let reason: unknown;
  const status = await stat(input).catch((error) => {
    reason = error;
    return undefined;
  });
  if (status) {
    if (status.isDirectory()) {
      yield* listFolder(input, options);
    } else {
      yield* listFile(input, shard, input);
    }
  } else if (picomatch.scan(input).isGlob) {
    yield* listGlob(input, options);
  } else {
    throw notFound(`there is no file or folder ${describe(input)}`, reason);
  }
}

function* ofShard(listed: ListedInput, key: string, shard: Shard | undefined): Generator<ListedInput, void, undefined> {
  if (!shard || inShard(key, shard)) {
    yield listed;
  }
}

/** A file that was named, or matched. */
async function* listFile(
  path: string,
  shard: Shard | undefined,
  key: string,
  root?: string,
): AsyncGenerator<ListedInput, void, undefined> {
  if (isArchiveName(path)) {
    const { size, mtimeMs } = await stat(path).catch((error) => {
      throw notFound(`cannot read the archive ${describe(path)}: ${error.message}`, error);
    });
    yield { kind: 'archive', path, size, modified: Math.floor(mtimeMs) };
  } else if (isCompressedArchive(path)) {
    throw new MobileNetError(
      'ERR_INVALID_OPTION',
      `expected a .tar archive that is not compressed but received ${describe(path)}`,
    );
  } else {
    yield* ofShard({ kind: 'image', name: path, ...(root === undefined ? {} : { root }) }, key, shard);
  }
}

async function* listFolder(root: string, { shard, signal }: ListOptions): AsyncGenerator<ListedInput, void, undefined> {
  let found = false;
  for await (const relative of walkFolder(root, { signal })) {
    if (isPictureName(relative)) {
      found = true;
      yield* ofShard({ kind: 'image', name: join(root, relative), root }, relative, shard);
    }
  }
  if (!found) {
    throw notFound(`there is no picture in the folder ${describe(root)}`);
  }
}

async function* listGlob(input: string, { shard, signal }: ListOptions): AsyncGenerator<ListedInput, void, undefined> {
  const pattern = sep === '/' ? input : input.replaceAll(sep, '/');
  const { base, glob } = picomatch.scan(pattern);
  const root = base === '' ? '.' : base;
  const matches = picomatch(glob);
  let found = false;
  const status = await stat(root).catch(() => undefined);
  if (status?.isDirectory()) {
    for await (const relative of walkFolder(root, { signal })) {
      if (matches(relative)) {
        found = true;
        yield* listFile(join(root, relative), shard, relative, root);
      }
    }
  }
  if (!found) {
    throw notFound(`no file matches ${describe(input)}`);
  }
}
