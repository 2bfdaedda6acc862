import { join } from 'node:path';
import { MobileNetError } from '../errors';
import type { ImageFailure, ImageResult } from '../tasks/base';
import { orderedMap } from '../tasks/ordered-map';
import { writeWhole } from '../write-file';
import { uniqueNames } from './file-names';

/** A file made of each result. */
export interface FileOutput<Result> {
  /** Where it goes. */
  folder: string;
  /** The flag that named the folder. */
  flag: string;
  /** What it is: its name in JSON lines and in text. */
  kind: 'picture' | 'mask';
  /** What file names end with: `detections` makes `cat-detections.png` of `cat.jpg`. */
  ending: string;
  /** The PNG. */
  encode(image: string, result: Result, signal: AbortSignal): Promise<Uint8Array>;
}

/** A result and the paths of the files made of it, by their kind. */
export interface SavedResult<Result> {
  result: Result;
  files: Record<string, string>;
}

export type Failure = Pick<ImageFailure, 'error'>;

/** Results whose files are in work at a time: drawing may hold a picture several times over. */
const concurrency = 2;

/** Writes the files of each result while the next ones are computed. An image whose file cannot be made or written has failed. */
export function saveFiles<Result extends ImageResult>(
  results: AsyncIterable<Result | ImageFailure>,
  images: string[],
  outputs: FileOutput<Result>[],
  signal: AbortSignal,
): AsyncIterable<SavedResult<Result> | Failure> {
  const names = uniqueNames(images);
  let next = 0;
  const save = async (result: Result | ImageFailure, stopping: AbortSignal): Promise<SavedResult<Result> | Failure> => {
    const index = next++;
    if ('error' in result) {
      return result;
    }
    const files: Record<string, string> = {};
    try {
      for (const { folder, kind, ending, encode } of outputs) {
        const path = join(folder, `${names[index]}-${ending}.png`);
        await writeWhole(path, await encode(images[index] as string, result, stopping), stopping);
        files[kind] = path;
      }
    } catch (error) {
      if (error instanceof MobileNetError && !stopping.aborted) {
        return { error };
      }
      throw error;
    }
    return { result, files };
  };
  return orderedMap(results, save, { concurrency: outputs.length > 0 ? concurrency : 1, signal });
}
