import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MobileNetError } from '../../errors';
import { HttpStatusError } from '../../http';
import { type CheckedImage, checkImage, type ImageInput } from '../../images/image';
import { Limiter } from '../../limiter';
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
    const release = await this.#held.acquire(signal, await bytesOf(image, path));
    try {
      const bytes = path === undefined ? await readRemote(image, signal) : await this.#readFile(image, path, root, signal);
      return { image: { bytes, name }, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  async #readFile(image: EncodedSource, path: string, root: string | undefined, signal: AbortSignal): Promise<Uint8Array> {
    for (let attempt = 0; ; attempt++) {
      try {
        const bytes = await readSource(image, signal);
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

async function bytesOf(image: EncodedSource, path: string | undefined): Promise<number> {
  if (image.kind === 'bytes') {
    return image.bytes.byteLength;
  }
  if (path === undefined) {
    return image.kind === 'url' && image.url.protocol === 'data:' ? image.url.href.length : downloadBytes;
  }
  // What is wrong with it comes out when it is read.
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

async function readSource(image: EncodedSource, signal: AbortSignal): Promise<Uint8Array> {
  const { readImage } = require('../../images/encoded') as typeof import('../../images/encoded');
  return readImage(image, signal);
}

async function readRemote(image: EncodedSource, signal: AbortSignal): Promise<Uint8Array> {
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
