import { type FileHandle, open } from 'node:fs/promises';
import { MobileNetError } from '../errors';
import { downloadError, explain, HttpStatusError } from '../http';
import { hashFile } from '../models/registry/hash-file';
import { writeError } from '../write-error';
import type { Address } from './environment';
import type { PartialFile } from './partial-file';
import { request } from './request';
import { STALL_TIMEOUT, StallTimer } from './stall-timer';

/** More than any published MobileNet's archive has. */
export const MAX_DOWNLOAD_BYTES = 2 ** 29;

/** A hash the download has to have. */
export interface ExpectedHash {
  algorithm: 'sha256' | 'sha384' | 'sha512';
  /** Lower-case hexadecimal. */
  hex: string;
  /** What it means when the hash is another. */
  otherwise?: string;
}

export interface DownloadOptions {
  /** What to call the file in messages. */
  what: string;
  /** Where its bytes gather, and stay when the download is cut off. */
  partial: PartialFile;
  expected?: ExpectedHash;
  /** Its size, where it is known. */
  bytes?: number;
  maxBytes?: number;
  /** Milliseconds without a byte after which the download is given up. */
  stallTimeout?: number;
  onProgress?: (loadedBytes: number, totalBytes: number | undefined) => void;
  signal?: AbortSignal;
}

/** A strong ETag, or the date of the last change: what `If-Range` takes (RFC 9110, section 13.1.5). */
function validatorOf({ headers }: Response): string | undefined {
  const tag = headers.get('etag');
  return tag?.startsWith('"') ? tag : (headers.get('last-modified') ?? undefined);
}

function lengthOf({ headers }: Response): number | undefined {
  const length = headers.get('content-length');
  return length !== null && /^\d+$/.test(length) && !headers.has('content-encoding') ? Number(length) : undefined;
}

/** First byte and whole length of a partial answer. */
function rangeOf({ headers }: Response): { start: number; total: number } | undefined {
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? [];
  return start === undefined ? undefined : { start: Number(start), total: Number(total) };
}

/** The answer does not fit to the bytes that are there: they have to be fetched again. */
class StartAgain extends Error {}

class Download {
  readonly #address: Address;
  readonly #options: DownloadOptions;

  constructor(address: Address, options: DownloadOptions) {
    this.#address = address;
    this.#options = options;
  }

  /** Fetches what is missing. Returns whether any of the bytes were there before. */
  async run(): Promise<boolean> {
    const timer = new StallTimer(this.#options.stallTimeout ?? STALL_TIMEOUT, this.#options.signal);
    try {
      return await this.#resume(timer).catch(async (error: unknown) => {
        if (!(error instanceof StartAgain)) {
          throw error;
        }
        await this.#options.partial.discard();
        return this.#resume(timer);
      });
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      if (error instanceof MobileNetError) {
        throw error;
      }
      const seconds = (this.#options.stallTimeout ?? STALL_TIMEOUT) / 1000;
      throw downloadError(this.#options.what, timer.stalled ? `no answer for ${seconds} s` : explain(error), error);
    } finally {
      timer.stop();
    }
  }

  async #resume(timer: StallTimer): Promise<boolean> {
    const { partial, expected, what } = this.#options;
    const validator = await partial.validatorOf(this.#address.url);
    const there = validator !== undefined || expected ? await partial.size() : 0;
    const range: Record<string, string> = there > 0 ? { range: `bytes=${there}-` } : {};
    const condition: Record<string, string> = there > 0 && validator !== undefined ? { 'if-range': validator } : {};
    const response = await request(this.#address, what, { ...range, ...condition }, timer.signal);
    timer.progress();
    try {
      if (there > 0 && response.status === 416) {
        if (response.headers.get('content-range') === `bytes */${there}`) {
          return true;
        }
        throw new StartAgain();
      }
      if (there > 0 && response.status === 206) {
        const found = rangeOf(response);
        if (found?.start !== there) {
          throw new StartAgain();
        }
        await this.#receive(response, there, found.total, timer);
        return true;
      }
      if (response.status !== 200) {
        throw downloadError(what, new HttpStatusError(response.status, response.statusText).message);
      }
      await partial.begin(this.#address.url, validatorOf(response));
      await this.#receive(response, 0, lengthOf(response), timer);
      return false;
    } finally {
      // Lets the connection go when the body was not read to its end.
      await response.body?.cancel().catch(() => {});
    }
  }

  /** Refuses a length that cannot be right, before and while it comes. */
  async #checkLength(length: number, complete: boolean): Promise<void> {
    const { bytes, maxBytes = MAX_DOWNLOAD_BYTES, partial, what } = this.#options;
    if (length > maxBytes) {
      await partial.discard();
      throw downloadError(what, `expected at most ${maxBytes} bytes but there are more`);
    }
    if (bytes !== undefined && (length > bytes || (complete && length !== bytes))) {
      await partial.discard();
      throw downloadError(what, `expected ${bytes} bytes but there are ${complete ? length : 'more'}`);
    }
  }

  async #receive(response: Response, start: number, total: number | undefined, timer: StallTimer): Promise<void> {
    const { partial, what, onProgress } = this.#options;
    if (total !== undefined) {
      await this.#checkLength(total, true);
    }
    const file = await open(partial.path, start > 0 ? 'r+' : 'w').catch((error: unknown) => {
      throw writeError(partial.path, error);
    });
    let loaded = start;
    try {
      for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
        timer.progress();
        await this.#checkLength(loaded + chunk.length, false);
        await writeChunk(file, partial.path, chunk, loaded);
        loaded += chunk.length;
        onProgress?.(loaded, total);
      }
    } finally {
      await file.close();
    }
    if (total !== undefined && loaded !== total) {
      throw downloadError(what, `the connection was cut off after ${loaded} of ${total} bytes`);
    }
    await this.#checkLength(loaded, true);
  }
}

async function writeChunk(file: FileHandle, path: string, chunk: Uint8Array, position: number): Promise<void> {
  try {
    let written = 0;
    while (written < chunk.length) {
      written += (await file.write(chunk, written, chunk.length - written, position + written)).bytesWritten;
    }
  } catch (error) {
    throw writeError(path, error);
  }
}

/** @throws MobileNetError ERR_DOWNLOAD where the file is another than expected */
export async function checkHash(path: string, what: string, expected: ExpectedHash, signal?: AbortSignal): Promise<void> {
  const { algorithm, hex, otherwise = 'it is damaged, or not what was published' } = expected;
  const found = await hashFile(path, algorithm, signal);
  if (found !== hex) {
    throw downloadError(what, `expected the ${algorithm} ${hex} but it has ${found}: ${otherwise}`);
  }
}

async function isComplete({ partial, expected, signal }: DownloadOptions): Promise<boolean> {
  return expected !== undefined && (await partial.size()) > 0
    ? (await hashFile(partial.path, expected.algorithm, signal)) === expected.hex
    : false;
}

/**
 * Downloads a file to its partial file, which is then complete. What an earlier attempt left is gone on with, where the server's word
 * (`If-Range`) or the expected hash will tell whether it fits; where the hash then is wrong, the file is fetched once more from the start.
 *
 * @throws MobileNetError ERR_DOWNLOAD, ERR_WRITE; on abort, the signal's reason
 */
export async function downloadFile(address: Address, options: DownloadOptions): Promise<void> {
  const { partial, expected, what, signal } = options;
  signal?.throwIfAborted();
  if (await isComplete(options)) {
    return;
  }
  const resumed = await new Download(address, options).run();
  if (!expected) {
    return;
  }
  try {
    await checkHash(partial.path, what, expected, signal);
  } catch (error) {
    signal?.throwIfAborted();
    await partial.discard();
    if (!resumed) {
      throw error;
    }
    await new Download(address, options).run();
    await checkHash(partial.path, what, expected, signal).catch(async (again: unknown) => {
      signal?.throwIfAborted();
      await partial.discard();
      throw again;
    });
  }
}
