import { getSystemErrorMap } from 'node:util';
import { MobileNetError } from './errors';

/** What the system says of a failure: `no space left on device`. */
export function reasonOf(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException;
  return (errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1]) ?? message;
}

/** A file could not be written: the disk is full, the folder is protected, … */
export function writeError(path: string, cause: unknown): MobileNetError {
  return new MobileNetError('ERR_WRITE', `cannot write '${path}': ${reasonOf(cause)}`, { cause });
}
