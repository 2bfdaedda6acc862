import { MobileNetError } from '../errors';

/** An error that says something about what was tried, for the report. */
export interface Failure {
  code: string;
  message: string;
}

/** Errors of the trial itself. Rethrows what ends everything: an abort, a device that is gone, a defect of ours. */
export function failureOf(error: unknown): Failure {
  const fatal = ['ERR_NO_DEVICE', 'ERR_NATIVE_LOAD'];
  if (error instanceof MobileNetError && !fatal.includes(error.code)) {
    return { code: error.code, message: error.message };
  }
  throw error;
}
