import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { MobileNetError } from '../../errors';
import { describe } from '../../options';
import { writeError } from '../../write-error';
import type { Reference } from '../reference';
import { splitLines } from '../split-lines';
import { readArchive } from './archive';
import type { ListedInput } from './listed-input';
import type { Shard } from './shard';

/** What a saved list of inputs comes to. */
export interface ManifestSummary {
  inputs: number;
  /** How many of them are archives: while there are any, nobody knows how many pictures there will be. */
  archives: number;
  /** Of its lines, in hexadecimal. */
  sha256: string;
}

/** Characters gathered before they are written. */
const blockLength = 2 ** 17;

/** Characters of a line: names of 65,536 characters, each of which JSON may write as six. */
const longestLine = 2 ** 20;

/**
 * Saves a list of inputs, one line of JSON each and a last line with its {@link ManifestSummary}; when it resolves, the list is on disk.
 * Throws ERR_WRITE, and what the list throws.
 */
export async function writeManifest(path: string, listed: AsyncIterable<ListedInput>): Promise<ManifestSummary> {
  const hash = createHash('sha256');
  let inputs = 0;
  let archives = 0;
  let block = '';
  const file = await open(path, 'w').catch((error) => {
    throw writeError(path, error);
  });
  const write = async (text: string) => {
    await file.writeFile(text).catch((error) => {
      throw writeError(path, error);
    });
  };
  try {
    for await (const input of listed) {
      block += `${JSON.stringify(input)}\n`;
      inputs++;
      archives += input.kind === 'archive' ? 1 : 0;
      if (block.length >= blockLength) {
        hash.update(block);
        await write(block);
        block = '';
      }
    }
    hash.update(block);
    const summary = { inputs, archives, sha256: hash.digest('hex') };
    await write(`${block}${JSON.stringify({ complete: true, ...summary })}\n`);
    await file.sync().catch((error) => {
      throw writeError(path, error);
    });
    return summary;
  } finally {
    await file.close();
  }
}

function damaged(path: string, line: number): MobileNetError {
  return new MobileNetError('ERR_JOB_CORRUPT', `the saved list of inputs '${path}' is damaged at line ${line}`);
}

function parseLine(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;

function toInput(value: unknown): ListedInput | undefined {
  const { kind, name, root, path, size, modified } = (value ?? {}) as Record<string, unknown>;
  const isImage = kind === 'image' && typeof name === 'string' && (root === undefined || typeof root === 'string');
  const isArchive = kind === 'archive' && typeof path === 'string' && isCount(size) && isCount(modified);
  return isImage || isArchive ? (value as ListedInput) : undefined;
}

/** Whether it is the last line, which says that the list is whole. */
const isTrailer = (value: unknown) => (value as { complete?: unknown } | undefined)?.complete === true;

/** The inputs of a saved list. Throws ERR_JOB_CORRUPT for one that is damaged or not whole. */
export async function* readManifest(path: string): AsyncGenerator<ListedInput, void, undefined> {
  let number = 0;
  const tooLong = () => damaged(path, number + 1);
  for await (const line of splitLines(createReadStream(path), '\n', longestLine, tooLong)) {
    number++;
    const value = parseLine(line);
    if (isTrailer(value)) {
      return;
    }
    const input = toInput(value);
    if (!input) {
      throw damaged(path, number);
    }
    yield input;
  }
  throw damaged(path, number + 1);
}

/** The pictures of a saved list in their order; archives are read when it is their turn. */
export async function* manifestReferences(
  path: string,
  {
    shard,
    skip = 0,
    signal,
  }: { shard?: Shard /** Pictures left out at the beginning. */; skip?: number; signal?: AbortSignal } = {},
): AsyncGenerator<Reference, void, undefined> {
  let left = skip;
  for await (const input of readManifest(path)) {
    signal?.throwIfAborted();
    if (input.kind === 'archive') {
      // How many of its pictures are left out shows only while it is read.
      let passed = 0;
      for await (const reference of readArchive(input, { shard, skip: left, onSkip: () => passed++, signal })) {
        yield reference;
      }
      left -= passed;
    } else if (left > 0) {
      left--;
    } else {
      const { name, root } = input;
      yield { name, image: name, root };
    }
  }
}

const nameOf = (input: ListedInput) => describeName(input.kind === 'image' ? input.name : input.path);
const describeName = (name: string) => (name.length > 200 ? describe(name) : `'${name}'`);

function changeOf(place: number, saved: ListedInput, current: ListedInput): string | undefined {
  if (nameOf(saved) !== nameOf(current) || saved.kind !== current.kind) {
    return `input ${place} was ${nameOf(saved)} and is now ${nameOf(current)}`;
  }
  if (saved.kind === 'archive' && current.kind === 'archive') {
    if (saved.size !== current.size) {
      return `the archive ${nameOf(saved)} had ${saved.size} bytes and has ${current.size} now`;
    }
    if (saved.modified !== current.modified) {
      return `the archive ${nameOf(saved)} has been written to since`;
    }
  }
  return undefined;
}

/** The first difference between two saved lists, for a person; undefined where there is none. */
export async function manifestDifference(savedPath: string, currentPath: string): Promise<string | undefined> {
  const saved = readManifest(savedPath);
  const current = readManifest(currentPath);
  try {
    for (let place = 1; ; place++) {
      const [before, now] = await Promise.all([saved.next(), current.next()]);
      if (before.done && now.done) {
        return undefined;
      }
      if (before.done) {
        return `the list of inputs ended after ${place - 1} and now goes on with ${nameOf(now.value as ListedInput)}`;
      }
      if (now.done) {
        return `the list of inputs now ends after ${place - 1}: ${nameOf(before.value)} is no longer in it`;
      }
      const change = changeOf(place, before.value, now.value);
      if (change) {
        return change;
      }
    }
  } finally {
    await Promise.all([saved.return(), current.return()]);
  }
}
