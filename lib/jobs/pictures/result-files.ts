import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileNameOf } from '../../images/file-name';
import type { ImageInput } from '../../images/image';
import { writeError } from '../../write-error';
import { prepareFolder, writeWhole } from '../../write-file';
import type { JobFiles } from '../spec';
import type { PictureResult } from './open-task';

/** Pictures whose files share a folder: more of them in one make file managers and some file systems slow. */
const filesPerFolder = 10_000;
const placeDigits = 8;

/** What a row calls each kind of file, and how its name ends. */
const kinds = { mask: { field: 'mask', ending: 'mask' }, draw: { field: 'picture', ending: 'drawn' } } as const;
type Kind = keyof typeof kinds;

/** The files a job writes beside its rows: class maps and drawn pictures. */
export class ResultFiles {
  readonly #folders: [Kind, string][];
  /** Folders that were made, so that each is asked for once. */
  readonly #made = new Map<string, Promise<void>>();

  constructor({ mask, draw }: JobFiles = {}) {
    const wanted: [Kind, string | undefined][] = [
      ['mask', mask],
      ['draw', draw],
    ];
    this.#folders = wanted.filter((entry): entry is [Kind, string] => entry[1] !== undefined);
  }

  get any(): boolean {
    return this.#folders.length > 0;
  }

  /** Makes the folders. Throws ERR_INVALID_OPTION or ERR_WRITE. */
  async prepare(): Promise<void> {
    for (const [kind, folder] of this.#folders) {
      await prepareFolder(folder, kind);
    }
  }

  /**
   * Writes the files of one picture, named by its place in the job, which no other picture has: `masks/0000/00000012-cat-mask.png`.
   * Resolves to their paths by the names of a row's fields. Throws ERR_WRITE; on abort, the signal's reason.
   */
  async write(
    place: number,
    name: string,
    { encode }: PictureResult,
    image: ImageInput,
    signal: AbortSignal,
  ): Promise<Partial<Record<'mask' | 'picture', string>>> {
    const paths: Partial<Record<'mask' | 'picture', string>> = {};
    for (const [kind, root] of this.#folders) {
      const png = await encode[kind]?.(image, signal);
      if (png) {
        const folder = join(root, String(Math.floor(place / filesPerFolder)).padStart(4, '0'));
        await this.#make(folder);
        const { field, ending } = kinds[kind];
        const file = `${String(place).padStart(placeDigits, '0')}-${fileNameOf(name)}-${ending}.png`;
        const path = join(folder, file);
        await writeWhole(path, png, signal, `.${file}.part`);
        paths[field] = path;
      }
    }
    return paths;
  }

  async #make(folder: string): Promise<void> {
    let making = this.#made.get(folder);
    if (making === undefined) {
      making = mkdir(folder, { recursive: true }).then(
        () => {},
        (error) => {
          this.#made.delete(folder);
          throw writeError(folder, error);
        },
      );
      this.#made.set(folder, making);
    }
    return making;
  }
}
