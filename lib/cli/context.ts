import type { Output } from './output';

/** What every command gets from the program. */
export interface Context {
  /** Standard output. */
  output: Output;
  /** Aborts on Ctrl-C and SIGTERM, and when the reader of the output goes away. */
  signal: AbortSignal;
  /** Notes that some image failed: the exit code will be 1. */
  fail(): void;
}

/** Exit codes. */
export const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130, terminated: 143 } as const;
