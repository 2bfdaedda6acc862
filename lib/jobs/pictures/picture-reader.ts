import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MobileNetError } from '../../errors';
import { HttpStatusError } from '../../http';
import { type CheckedImage, checkImage, type ImageInput } from '../../images/image';
import { readImageFile } from '../../images/read';
import { Limiter } from '../../limiter';
import { describe } from '../../options';
import type { Reference } from '../reference';
import { FolderWatch } from './folder-watch';

/** Bytes of encoded pictures held at a time, from before they are read until they are decoded. */
const heldBytes = 2 ** 27;
/** What a download is taken to need, whose size nobody knows before. */
const downloadBytes = 2 ** 23;

/** Milliseconds before a download is tried again, each time it failed for a reason that may pass. */
const retryDelays = [500, 2000];

/** The system or the network failed, not the picture: others would fail as well. */
const systemFailures = [
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'ESTALE',
  'ENOTCONN',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ETIMEDOUT',
  'ENODEV',
  'ENXIO',
];

/** A picture ready to be decoded. */
export interface ReadPicture {
  image: ImageInput;
  /** Lets others use the memory of its bytes. Safe to call twice. */
  release(): void;
}

/** Whether a download may succeed the next time: whatever is not an answer that says what is wrong with the address. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof MobileNetError) || error.code !== 'ERR_DOWNLOAD') {
    return false;
  }
  const status = error.cause instanceof HttpStatusError ? error.cause.status : 500;
  return status >= 500 || status === 408 || status === 429;
}

function systemFailure(error: unknown): string | undefined {
  const { code } = ((error as Error | undefined)?.cause ?? {}) as NodeJS.ErrnoException;
  return code !== undefined && systemFailures.includes(code) ? code : undefined;
}

/** The file an image is in, if it is in one. */
function pathOf(image: CheckedImage): string | undefined {
  if (image.kind === 'file') {
    return image.path;
  }
  if (image.kind !== 'url' || image.url.protocol !== 'file:') {
    return undefined;
  }
  try {
    return fileURLToPath(image.url);
  } catch {
    return undefined; // names no file: reading it says so
  }
}

/** Reads the pictures of a job ahead of their decoding, in bounded memory, and tells missing ones from those out of reach. */
export class PictureReader {
  readonly #held = new Limiter(heldBytes);
  readonly #folders = new FolderWatch();

  /**
   * Throws what becomes a failed row (ERR_IMAGE_NOT_FOUND, ERR_IMAGE_DECODE, ERR_IMAGE_TOO_LARGE, ERR_DOWNLOAD, ERR_INVALID_OPTION), and
   * ERR_INPUT_LOST, which concerns the whole job; on abort, the signal's reason.
   */
  async read({ image: input, name, root }: Reference, signal: AbortSignal): Promise<ReadPicture> {
    const image = checkImage(input);
    if (image.kind === 'raw' || image.kind === 'sharp') {
      return { image: input, release: () => {} };
    }
    const path = pathOf(image);
    if (root !== undefined) {
      await this.#folders.enter(root);
    }
    let release = () => {};
    const admit = async (bytes: number) => {
      release(); // of an attempt before
      release = await this.#held.acquire(signal, bytes);
    };
    try {
      const bytes =
        path === undefined
          ? await readElsewhere(image, admit, signal)
          : await this.#readFile({ path, name, root }, admit, signal);
      return { image: { bytes, name }, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  async #readFile(
    { path, name, root }: { path: string; name: string; root: string | undefined },
    admit: (bytes: number) => Promise<void>,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    for (let attempt = 0; ; attempt++) {
      try {
        const bytes = await readImageFile(path, describe(name), signal, admit);
        this.#folders.wasRead(path);
        return bytes;
      } catch (error) {
        signal.throwIfAborted();
        const failure = systemFailure(error);
        if (failure) {
          throw new MobileNetError('ERR_INPUT_LOST', `${(error as Error).message}: the picture is out of reach (${failure})`, {
            cause: error,
          });
        }
        await this.#folders.check(path, root);
        // Its folder is there: it may have come back in between.
        if (attempt > 0 || !(error instanceof MobileNetError) || error.code !== 'ERR_IMAGE_NOT_FOUND') {
          throw error;
        }
      }
    }
  }
}

type EncodedSource = Exclude<CheckedImage, { kind: 'raw' | 'sharp' }>;

async function readSource(image: EncodedSource, signal: AbortSignal): Promise<Uint8Array> {
  const { readImage } = require('../../images/encoded') as typeof import('../../images/encoded');
  return readImage(image, signal);
}

/** What is in memory already, in a data: address, or on a server. */
async function readElsewhere(
  image: EncodedSource,
  admit: (bytes: number) => Promise<void>,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (image.kind === 'bytes') {
    await admit(image.bytes.byteLength);
    return image.bytes;
  }
  await admit(downloadBytes);
  for (const delay of retryDelays) {
    try {
      return await readSource(image, signal);
    } catch (error) {
      if (signal.aborted || !mayPass(error)) {
        throw error;
      }
      await sleep(delay, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
  return readSource(image, signal);
}
