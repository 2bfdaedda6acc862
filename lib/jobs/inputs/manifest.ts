import { open } from 'node:fs/promises';
import { MobileNetError } from '../../errors';
import { checkInteger } from '../../options';
import { writeError } from '../../write-error';
import type { Reference } from '../reference';
import { HashedFile } from './hashed-file';
import { type ListedImage, type ListedInput, shardKey } from './listed-input';
import {
  hashedBytes,
  type ManifestSummary,
  manifestInputs,
  openManifest,
  requireManifest,
  trailerEnd,
  trailerStart,
} from './manifest-file';
import { manifestLine } from './manifest-line';
import { archivePictures } from './read-archive';
import { checkShard, inShard, type Shard } from './shard';

/**
 * Saves a list of inputs, one a line of JSON, over what is at `path`. Resolves when it is on the disk to its last line, which
 * tells a whole list from one whose writing was interrupted. Rejects with ERR_WRITE, or what the list itself throws; an
 * unfinished file is then left.
 */
export async function writeManifest(path: string, listed: AsyncIterable<ListedInput>): Promise<ManifestSummary> {
  const file = await open(path, 'w').catch((error: unknown) => {
    throw writeError(path, error);
  });
  try {
    return await writeLines(new HashedFile(path, file), listed);
  } finally {
    await file.close();
  }
}

async function writeLines(file: HashedFile, listed: AsyncIterable<ListedInput>): Promise<ManifestSummary> {
  let inputs = 0;
  let archives = 0;
  for await (const input of listed) {
    inputs++;
    archives += input.kind === 'archive' ? 1 : 0;
    await file.append(`${manifestLine(input)}\n`);
  }
  await file.append(trailerStart(inputs, archives));
  const sha256 = await file.finish(trailerEnd);
  return { inputs, archives, sha256 };
}

/**
 * What a saved list holds, after all of it was read and compared with its hash. Undefined where there is none, or where its
 * writing was interrupted or it is damaged: it must then be made anew. Rejects with ERR_JOB_CORRUPT where the file cannot be
 * read, with the signal's reason on abort.
 */
export async function readManifestSummary(path: string, signal?: AbortSignal): Promise<ManifestSummary | undefined> {
  const manifest = await openManifest(path);
  if (!manifest) {
    return undefined;
  }
  try {
    for await (const _ of hashedBytes(manifest, signal)) {
      // Reading is all there is to do.
    }
    return manifest.summary;
  } catch (error) {
    // Damage has no cause that the system could tell.
    if (error instanceof MobileNetError && error.code === 'ERR_JOB_CORRUPT' && error.cause === undefined) {
      return undefined;
    }
    throw error;
  } finally {
    await manifest.file.close();
  }
}

export interface ManifestReferencesOptions {
  /** Leaves out the pictures of other shards. */
  shard?: Shard;
  /** Pictures left out at the beginning, of those of the shard. Their bytes are not read. Default 0. */
  skip?: number;
  signal?: AbortSignal;
}

/**
 * The pictures of a saved list in order. Archives are opened when their turn comes, and read no further than pictures are taken.
 *
 * Throws ERR_JOB_CORRUPT where the list is missing, unfinished or damaged, which in part shows only at its end; ERR_INPUT_LOST
 * where an archive is gone or is not the one that was listed; ERR_ARCHIVE_CORRUPT; on abort, the signal's reason.
 */
export async function* manifestReferences(
  path: string,
  { shard, skip = 0, signal }: ManifestReferencesOptions = {},
): AsyncGenerator<Reference, void, undefined> {
  const part = shard && checkShard(shard);
  let left = checkInteger('skip', skip, 0, Number.MAX_SAFE_INTEGER);
  const manifest = await requireManifest(path);
  try {
    for await (const input of manifestInputs(manifest, signal)) {
      if (input.kind === 'archive') {
        for await (const picture of archivePictures(input.path, { shard: part, expected: input, signal })) {
          if (left > 0) {
            left--;
          } else {
            yield await picture.read();
          }
        }
      } else if (!part || inShard(shardKey(input), part)) {
        if (left > 0) {
          left--;
        } else {
          yield toReference(input);
        }
      }
    }
  } finally {
    await manifest.file.close();
  }
}

function toReference({ name, root }: ListedImage): Reference {
  return root === undefined ? { name, image: name } : { name, image: name, root };
}
