import { MobileNetError } from './errors';

/** `cannot download 'photo.jpg': HTTP 404 Not Found` */
export function downloadError(what: string, why: string, cause?: unknown): MobileNetError {
  return new MobileNetError('ERR_DOWNLOAD', `cannot download ${what}: ${why}`, { cause });
}

/** A server's answer that is not what was asked for. */
export class HttpStatusError extends Error {
  constructor(
    readonly status: number,
    statusText: string,
  ) {
    super(`HTTP ${status} ${statusText}`.trimEnd());
  }
}

/** fetch() says only "fetch failed" and hides why in the cause. */
export function explain(error: unknown): string {
  const { message, cause } = error as Error;
  const { message: reason, code } = (cause ?? {}) as Partial<NodeJS.ErrnoException>;
  return reason || code || message;
}

/** The address without user name and password: fetch() refuses addresses that hold them, and no file or message should. */
export function withoutCredentials(url: URL): URL {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare;
}

/** A password may hold a percent sign that stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The header that user name and password of an address go into; none where it has none. */
export function authorization({ username, password }: URL): Record<string, string> {
  if (!username && !password) {
    return {};
  }
  const text = `${decoded(username)}:${decoded(password)}`;
  return { authorization: `Basic ${Buffer.from(text).toString('base64')}` };
}
