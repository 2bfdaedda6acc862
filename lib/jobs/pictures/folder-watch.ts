import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MobileNetError } from '../../errors';

/** Folders remembered as having been there; enough for the pictures in work, whatever order they come in. */
const rememberedFolders = 4096;

async function identityOf(folder: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(folder, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/**
 * Tells a picture that is missing from one that is out of reach: a disk that was unplugged, a share that is no longer mounted. A job that
 * took the latter for the former would be done with all of its pictures in no time, each with an error.
 */
export class FolderWatch {
  /** What each folder that the user named was when it was first seen: where nothing is mounted there may still be an empty folder. */
  readonly #roots = new Map<string, Promise<string | undefined>>();
  readonly #seen = new Set<string>();

  /** Takes note that a picture was read. */
  wasRead(path: string): void {
    const folder = dirname(path);
    if (!this.#seen.has(folder)) {
      if (this.#seen.size >= rememberedFolders) {
        this.#seen.clear();
      }
      this.#seen.add(folder);
    }
  }

  /** Before the first picture of a folder the user named. Throws ERR_INPUT_LOST where it is gone. */
  async enter(root: string): Promise<void> {
    let identity = this.#roots.get(root);
    if (identity === undefined) {
      identity = identityOf(root);
      this.#roots.set(root, identity);
    }
    if ((await identity) === undefined) {
      this.#roots.delete(root);
      throw lost(root);
    }
  }

  /**
   * After a picture could not be read. Throws ERR_INPUT_LOST where its folder is gone: the one it was listed in, or read others from.
   *
   * @param root the folder the user named, if it is in one
   */
  async check(path: string, root: string | undefined): Promise<void> {
    if (root !== undefined && (await identityOf(root)) !== (await this.#roots.get(root))) {
      throw lost(root);
    }
    const folder = dirname(path);
    if ((root !== undefined || this.#seen.has(folder)) && (await identityOf(folder)) === undefined) {
      throw lost(folder);
    }
  }
}

function lost(folder: string): MobileNetError {
  return new MobileNetError(
    'ERR_INPUT_LOST',
    `the folder '${folder}' is gone, with the pictures in it: it must be back to go on`,
  );
}
