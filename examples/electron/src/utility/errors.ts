import type { BridgeError } from '../../../../page/src/engine/bridge';
import type { EngineErrorCode } from '../../../../page/src/engine/engine';

/** What a call is answered with in place of a value. */
export class CallError extends Error {
  constructor(
    readonly code: EngineErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'CallError';
  }
}

/** Errors cross as plain objects; `code` is where the package's own errors have it. */
export function toBridgeError(error: unknown): BridgeError {
  if (!(error instanceof Error)) {
    return { code: 'ERR_INTERNAL', message: String(error) };
  }
  if (error.name === 'AbortError') {
    return { code: 'ABORT_ERR', message: error.message };
  }
  const { code } = error as { code?: unknown };
  const known = (error.name === 'MobileNetError' || error instanceof CallError) && typeof code === 'string';
  return { code: known ? (code as EngineErrorCode) : 'ERR_INTERNAL', message: error.message };
}
