import { isUint8Array } from 'node:util/types';
import { MobileNetError } from '../errors';
import type { ImageInput } from '../images/image';
import { invalidOption } from '../options';
import { itemsUntilAbort } from '../source-reader';
import { type ListInputsOptions, listInputs } from './inputs/list-inputs';
import { manifestReferences, writeManifest } from './inputs/manifest';
import { manifestDifference } from './inputs/manifest-difference';
import type { ManifestSummary } from './inputs/manifest-file';
import { readArchive } from './inputs/read-archive';
import { inShard, type Shard } from './inputs/shard';
import type { JobFolder } from './journal/job-folder';
import { readRows } from './journal/read-rows';
import { rowsPath } from './journal/row-log';
import type { Reference } from './reference';

/** A picture with the name its row has. */
export interface NamedImage {
  /** What the row has as its `image`. */
  name: string;
  /** The picture. */
  image: ImageInput;
}

/**
 * What a job works on: an array of files, folders, globs, archives and addresses as the command line takes them, or one of them; or anything
 * else that is iterable, whose items are taken as they come: paths or addresses, or images with their names.
 */
export type JobInputs =
  | string
  | readonly string[]
  | Iterable<string | URL | NamedImage>
  | AsyncIterable<string | URL | NamedImage>;

/** Pictures in their order, and what is known of them before. */
export interface JobReferences {
  references: AsyncIterable<Reference>;
  total: number | undefined;
}

export function isListed(inputs: JobInputs): inputs is string | readonly string[] {
  return typeof inputs === 'string' || (Array.isArray(inputs) && inputs.every((input) => typeof input === 'string'));
}

/** Throws ERR_INVALID_OPTION. */
export function checkInputs(inputs: JobInputs): JobInputs {
  const iterable = typeof inputs === 'object' && inputs !== null && (Symbol.asyncIterator in inputs || Symbol.iterator in inputs);
  if (typeof inputs === 'string' ? inputs === '' : !iterable || isUint8Array(inputs)) {
    throw invalidOption('the inputs', 'paths, folders, globs or addresses, or an iterable of images,', inputs);
  }
  return inputs;
}

const toArray = (inputs: string | readonly string[]) => (typeof inputs === 'string' ? [inputs] : inputs);

/** The pictures of a list that is not saved. */
export async function* listedReferences(
  inputs: string | readonly string[],
  options: ListInputsOptions,
): AsyncGenerator<Reference, void, undefined> {
  for await (const listed of listInputs(toArray(inputs), options)) {
    if (listed.kind === 'archive') {
      const { shard, signal } = options;
      yield* readArchive(listed.path, { shard, expected: listed, signal });
    } else {
      yield { name: listed.name, image: listed.name, root: listed.root };
    }
  }
}

/**
 * Saves the list of a job that begins, or compares it with the one a job began with.
 * @returns what the list comes to, and how it differs from the saved one
 */
export async function saveInputs(
  inputs: string | readonly string[],
  folder: JobFolder,
  options: ListInputsOptions,
): Promise<{ summary: ManifestSummary; difference?: string }> {
  const list = toArray(inputs);
  if (!folder.saved) {
    return { summary: await writeManifest(folder.newManifestPath, listInputs(list, options)) };
  }
  const saved = folder.saved.inputs;
  if (saved === null) {
    throw new MobileNetError(
      'ERR_JOB_CHANGED',
      'the job was begun with an iterator of images, and now there is a list of inputs',
    );
  }
  if (list.length === 0) {
    return { summary: saved };
  }
  const summary = await writeManifest(folder.newManifestPath, listInputs(list, options));
  const same = summary.sha256 === saved.sha256 && summary.inputs === saved.inputs;
  return { summary, difference: same ? undefined : await manifestDifference(folder.manifestPath, folder.newManifestPath) };
}

/** The pictures of a saved list that have no row yet. */
export function savedReferences(
  folder: JobFolder,
  { inputs, archives }: ManifestSummary,
  options: { shard?: Shard; signal?: AbortSignal },
): JobReferences {
  return {
    references: manifestReferences(folder.manifestPath, { ...options, skip: folder.log.rows }),
    total: archives === 0 ? inputs : undefined,
  };
}

async function* named(inputs: Exclude<JobInputs, string>, signal?: AbortSignal): AsyncGenerator<Reference, void, undefined> {
  for await (const input of itemsUntilAbort<string | URL | NamedImage>(inputs, signal)) {
    if (typeof input === 'string') {
      yield { name: input, image: input };
    } else if (input instanceof URL) {
      yield { name: input.href, image: input };
    } else if (typeof input === 'object' && input !== null && typeof input.name === 'string' && 'image' in input) {
      yield { name: input.name, image: input.image };
    } else {
      throw invalidOption("each of the job's inputs", 'a path, an address or { name, image }', input);
    }
  }
}

/**
 * The pictures of an iterator that have no row yet; those that have must come with the same names again. On abort it throws the signal's reason at
 * once, even while the iterator owes a picture.
 */
export async function* iteratedReferences(
  inputs: Exclude<JobInputs, string>,
  { folder, shard, signal }: { folder?: JobFolder; shard?: Shard; signal?: AbortSignal },
): AsyncGenerator<Reference, void, undefined> {
  const done = folder?.log.rows ?? 0;
  const rows = folder && done > 0 ? readRows(rowsPath(folder.path), done) : undefined;
  let place = 0;
  try {
    for await (const reference of named(inputs, signal)) {
      if (shard && !inShard(reference.name, shard)) {
        continue;
      }
      place++;
      if (place > done) {
        yield reference;
        continue;
      }
      const { value: row } = (await rows?.next()) ?? {};
      if (row?.image !== reference.name) {
        throw new MobileNetError(
          'ERR_JOB_CHANGED',
          `picture ${place} of the job was '${row?.image}' and is now '${reference.name}'`,
        );
      }
    }
  } finally {
    await rows?.return();
  }
  if (place < done) {
    throw new MobileNetError('ERR_JOB_CHANGED', `the job has ${done} rows, but its inputs now end after ${place}`);
  }
}
