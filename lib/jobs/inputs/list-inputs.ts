import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { MobileNetError } from '../../errors';
import { isUrlText } from '../../images/image';
import { invalidOption } from '../../options';
import { reasonOf } from '../../write-error';
import { splitLines } from '../split-lines';
import { modifiedAt } from './archive-file';
import { isArchiveName, isOtherArchiveName, isPictureName, pictureEndings } from './file-kinds';
import { isGlob, parseGlob } from './glob';
import { type ListedArchive, type ListedImage, type ListedInput, shardKey } from './listed-input';
import { quote } from './quote';
import { checkShard, inShard, type Shard } from './shard';
import { walkFolder } from './walk';

export interface ListInputsOptions {
  /** Standard input, read where an input is `-`. */
  list?: AsyncIterable<Uint8Array | string>;
  /** Names in `list` end with a NUL, not with a line break. Default false. */
  nullSeparated?: boolean;
  /** Leaves out the pictures of other shards. Archives are listed in all: their members are shared out when they are read. */
  shard?: Shard;
  signal?: AbortSignal;
}

/** Bytes of one input, and of one line of a list, at most. */
const longestName = 64 * 2 ** 10;

/** Inputs between two turns of the event loop: while they come out of memory, nothing else makes it turn. */
const inputsAtATime = 200;

/** The input that stands for standard input. */
export const standardInput = '-';

/**
 * The pictures and archives that inputs name, in the order of the inputs. What is named twice is listed twice. An input is, in
 * this order:
 *
 * - `-`: every line of `list` is the path or URL of a picture, taken as it is; whether there is one shows when it is read. Empty
 *   lines do not count
 * - an `http:`, `https:`, `file:` or `data:` URL: a picture
 * - the path of a file: an archive if it ends in `.tar`, else a picture
 * - the path of a folder: all pictures in it and in the folders below, by their names' endings; depth first, each folder's
 *   entries in the order of their UTF-16 code units. Hidden files and folders are left out, symbolic links followed, archives not
 *   opened
 * - a glob (`*`, `**`, `?`, `[…]`, `{…,…}`, `@(…)`): all files that match, in the same order, archives among them
 *
 * Throws ERR_INPUT_NOT_FOUND for what does not exist, cannot be listed or holds no picture, ERR_INVALID_OPTION for an input or a
 * line of more than 64 KiB, for archives other than `.tar`, and for a wrong option; on abort, the signal's reason.
 */
export async function* listInputs(
  inputs: readonly string[],
  options: ListInputsOptions = {},
): AsyncGenerator<ListedInput, void, undefined> {
  checkInputs(inputs, options);
  const shard = options.shard && checkShard(options.shard);
  let count = 0;
  for (const input of inputs) {
    options.signal?.throwIfAborted();
    for await (const listed of listInput(input, options)) {
      if (++count % inputsAtATime === 0) {
        await setImmediate();
        options.signal?.throwIfAborted();
      }
      if (listed.kind === 'archive' || !shard || inShard(shardKey(listed), shard)) {
        yield listed;
      }
    }
  }
}

function checkInputs(inputs: readonly string[], { list }: ListInputsOptions): void {
  if (inputs.length === 0) {
    throw invalidOption('the inputs', 'at least one', inputs);
  }
  for (const input of inputs) {
    if (typeof input !== 'string' || input === '' || input.includes('\0')) {
      throw invalidOption('an input', 'a path, a URL, a glob or -', input);
    }
    if (Buffer.byteLength(input) > longestName) {
      throw invalidOption('an input', `at most ${longestName} bytes`, input);
    }
  }
  const lists = inputs.filter((input) => input === standardInput).length;
  if (lists > 1) {
    throw new MobileNetError('ERR_INVALID_OPTION', `expected - at most once among the inputs but received it ${lists} times`);
  }
  if (lists === 1 && !list) {
    throw invalidOption('list', 'what standard input holds, as - is an input,', list);
  }
}

async function* listInput(input: string, options: ListInputsOptions): AsyncGenerator<ListedInput, void, undefined> {
  if (input === standardInput) {
    yield* listLines(options);
    return;
  }
  if (isUrlText(input)) {
    yield { kind: 'image', name: input };
    return;
  }
  const found = await stat(input).catch((error: unknown) => ({ error }));
  if (!('error' in found)) {
    yield* found.isDirectory() ? listFolder(input, options) : [listFile(input, found)];
  } else if (isGlob(input)) {
    yield* listGlob(input, options);
  } else {
    throw notFound(input, found.error);
  }
}

async function* listLines({
  list,
  nullSeparated = false,
  signal,
}: ListInputsOptions): AsyncGenerator<ListedImage, void, undefined> {
  const [kind, hint] = nullSeparated ? ['name', ''] : ['line', '; are names ended by NULs?'];
  const tooLong = (line: number) =>
    new MobileNetError(
      'ERR_INVALID_OPTION',
      `expected at most ${longestName} bytes for ${kind} ${line} of standard input but received more${hint}`,
    );
  const separator = nullSeparated ? 0 : 0x0a;
  let first = true;
  let empty = true;
  for await (const line of splitLines(list as NonNullable<typeof list>, { separator, longest: longestName, tooLong, signal })) {
    const name = nullSeparated ? line : withoutMarks(line, first);
    first = false;
    if (name !== '') {
      empty = false;
      yield { kind: 'image', name };
    }
  }
  if (empty) {
    throw new MobileNetError('ERR_INPUT_NOT_FOUND', 'expected names of pictures on standard input but received none');
  }
}

/** What editors on Windows put around text: a carriage return after each line, a byte order mark before the first. */
function withoutMarks(line: string, first: boolean): string {
  const text = first && line.startsWith('\ufeff') ? line.slice(1) : line;
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}

function listFile(path: string, status: Stats): ListedInput {
  if (isArchiveName(path) && status.isFile()) {
    return listArchive(path, status);
  }
  checkReadable(path);
  return { kind: 'image', name: path };
}

function listArchive(path: string, status: Stats): ListedArchive {
  return { kind: 'archive', path, size: status.size, modified: modifiedAt(status) };
}

function checkReadable(path: string): void {
  if (isOtherArchiveName(path)) {
    throw invalidOption('an input', 'an archive that ends in .tar and is not compressed', path);
  }
}

async function* listFolder(root: string, { signal }: ListInputsOptions): AsyncGenerator<ListedImage, void, undefined> {
  let empty = true;
  for await (const relative of walkFolder(root, { wanted: isPictureName, signal })) {
    empty = false;
    yield { kind: 'image', name: nameIn(root, relative), root };
  }
  if (empty) {
    throw new MobileNetError(
      'ERR_INPUT_NOT_FOUND',
      `there is no picture in the folder ${quote(root)} (${pictureEndings}); archives in folders are not opened, name them`,
    );
  }
}

async function* listGlob(input: string, { signal }: ListInputsOptions): AsyncGenerator<ListedInput, void, undefined> {
  const { base, matches, entered, hidden } = await parseGlob(input);
  const found = await stat(base).catch((error: unknown) => ({ error }));
  if ('error' in found || !found.isDirectory()) {
    throw notFound(input, 'error' in found ? found.error : undefined);
  }
  let empty = true;
  for await (const relative of walkFolder(base, { wanted: matches, entered, hidden, signal })) {
    empty = false;
    const name = nameIn(base, relative);
    if (isArchiveName(name)) {
      yield await statArchive(name);
    } else {
      checkReadable(name);
      yield { kind: 'image', name, root: base };
    }
  }
  if (empty) {
    throw new MobileNetError('ERR_INPUT_NOT_FOUND', `there is no file that matches ${quote(input)}`);
  }
}

async function statArchive(path: string): Promise<ListedArchive> {
  try {
    return listArchive(path, await stat(path));
  } catch (error) {
    throw notFound(path, error);
  }
}

/** The path of a file in a folder. One that reads like a URL gets a `./`, so that it is taken for a path. */
function nameIn(root: string, relative: string): string {
  const name = join(root, relative);
  return isUrlText(name) ? `./${name}` : name;
}

function notFound(input: string, cause: unknown): MobileNetError {
  const { code } = (cause ?? {}) as NodeJS.ErrnoException;
  const reason = !cause || code === 'ENOENT' || code === 'ENOTDIR' ? '' : `: ${reasonOf(cause)}`;
  return new MobileNetError('ERR_INPUT_NOT_FOUND', `there is no file or folder ${quote(input)}${reason}`, { cause });
}
