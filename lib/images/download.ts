import { MobileNetError } from '../errors';
import { authorization, downloadError, explain, HttpStatusError, withoutCredentials } from '../http';
import { tooManyBytes } from './errors';

/** Bytes taken from a server at most. */
const maxDownloadBytes = 64 * 2 ** 20;
/** Milliseconds a download may take from the request to its last byte. */
const downloadTimeout = 60_000;

export interface DownloadLimits {
  maxBytes?: number;
  /** Milliseconds. */
  timeout?: number;
}

/**
 * Downloads an image over http(s), following redirects (20 at most, the Fetch standard's limit).
 * Throws ERR_DOWNLOAD when that fails or takes too long, ERR_IMAGE_TOO_LARGE when the answer is too long.
 */
export async function download(url: URL, name: string, signal?: AbortSignal, limits: DownloadLimits = {}): Promise<Uint8Array> {
  const { maxBytes = maxDownloadBytes, timeout = downloadTimeout } = limits;
  const expiry = AbortSignal.timeout(timeout);
  try {
    const response = await fetch(withoutCredentials(url), {
      // It drops this header when it is sent on to another server.
      headers: authorization(url),
      signal: signal ? AbortSignal.any([signal, expiry]) : expiry,
    });
    try {
      return await readBody(response, name, maxBytes);
    } finally {
      // Lets the connection go when the body was not read to its end.
      await response.body?.cancel().catch(() => {});
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof MobileNetError) {
      throw error;
    }
    const why = expiry.aborted ? `no complete answer within ${timeout / 1000} s` : explain(error);
    throw downloadError(name, why, error);
  }
}

async function readBody(response: Response, name: string, maxBytes: number): Promise<Uint8Array> {
  if (!response.ok) {
    const status = new HttpStatusError(response.status, response.statusText);
    throw downloadError(name, status.message, status);
  }
  // The length may be missing or wrong: what arrives is counted too.
  if (Number(response.headers.get('content-length') ?? 0) > maxBytes) {
    throw tooManyBytes(name, maxBytes);
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  try {
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      chunks.push(part.value);
      length += part.value.byteLength;
      if (length > maxBytes) {
        throw tooManyBytes(name, maxBytes);
      }
    }
  } finally {
    reader?.releaseLock();
  }
  return Buffer.concat(chunks, length);
}
