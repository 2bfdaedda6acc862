import { EngineError, type EngineErrorCode } from '../engine';

/** Milliseconds in which a server that is well says what it has. */
const shortPatience = 10_000;
/** Milliseconds in which it has run a network or loaded a model, or has said that it could not: longer than it gives itself. */
export const longPatience = 120_000;

/** What is asked, and how long the answer, to its end, is waited for. */
export type Question = Omit<RequestInit, 'signal'> & { signal?: AbortSignal; patience?: number };

/** Of the answers that are no success. */
interface Refusal {
  error: { code: EngineErrorCode; message: string };
}

function isRefusal(value: unknown): value is Refusal {
  const error = (value as Partial<Refusal> | null)?.error;
  return typeof error?.code === 'string' && typeof error.message === 'string';
}

/** Whatever the server's refusals are, as errors. */
export function errorFrom(value: unknown, status?: number): EngineError {
  return isRefusal(value)
    ? new EngineError(value.error.code, value.error.message)
    : new EngineError('ERR_SERVER_GONE', `the server's answer makes no sense${status ? ` (HTTP ${status})` : ''}`);
}

export const serverGone = () => new EngineError('ERR_SERVER_GONE', 'the server does not answer');

/**
 * Asks the server; rejects with what it refuses with, ERR_SERVER_GONE where it does not answer, and on abort with the signal's reason. Addresses are
 * relative, so that the page may lie anywhere.
 */
export async function ask(path: string, { patience = shortPatience, ...init }: Question = {}): Promise<Response> {
  const late = AbortSignal.timeout(patience);
  let response: Response;
  try {
    response = await fetch(path, { ...init, signal: init.signal ? AbortSignal.any([init.signal, late]) : late });
  } catch {
    throw init.signal?.aborted ? init.signal.reason : serverGone();
  }
  if (!response.ok) {
    throw errorFrom(await response.json().catch(() => undefined), response.status);
  }
  return response;
}

/** The JSON of an answer; a connection that breaks in the middle of it is a server that has gone. */
export async function askJson<Answer>(path: string, init?: Question): Promise<Answer> {
  const response = await ask(path, init);
  return response.json().catch(() => {
    throw init?.signal?.aborted ? init.signal.reason : serverGone();
  });
}
