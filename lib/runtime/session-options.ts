import os from 'node:os';
import { checkInteger, checkOneOf } from '../options';
import { checkDevice, type Device } from './devices';
import type { InstructionSet } from './native';

/** How a network runs. */
export interface SessionOptions {
  /**
   * `auto` (the default) takes a GPU where there is one, else the CPU; `cpu` and `metal` are the one or the other, `metal:` with the
   * registry id of a GPU is that one, see `devices`.
   */
  device?: Device;
  /**
   * Arithmetic of a GPU: `float16` stores weights and what passes between layers in half precision and adds up in single, `float32` is
   * single throughout. The CPU always computes in float32. Default `auto`: `float16` on a GPU.
   */
  precision?: 'auto' | 'float16' | 'float32';
  /** CPU threads, 1 to 256: all for one picture, or one for each where several wait. Default: the machine's, at most 8. */
  threads?: number;
  /**
   * Pictures handed to the device before the first has come back, 1 to 16; with `batchSize`, batches of them. Default 3; on the CPU one more
   * than `threads`, if that is more.
   */
  framesInFlight?: number;
  /**
   * Pictures that share one command buffer of a GPU, where as many wait, 1 to 64: more pictures per second of small networks, each waiting
   * for the others. The CPU has no use for it. Default 1.
   */
  batchSize?: number;
}

/** What tests and measurements may choose beyond {@link SessionOptions}. */
export interface InternalSessionOptions extends SessionOptions {
  /** The plain implementation, on the CPU. Default: the device's own executor. */
  executor?: 'reference';
  instructionSet?: InstructionSet;
  fuse?: boolean;
}

/** Options with their defaults filled in, but for that of `framesInFlight`, which depends on the device. */
type WithoutDefault = 'executor' | 'framesInFlight';
export type CheckedSessionOptions = Required<Omit<InternalSessionOptions, WithoutDefault>> &
  Pick<InternalSessionOptions, WithoutDefault>;

export const sessionOptionNames = [
  'device',
  'precision',
  'threads',
  'framesInFlight',
  'batchSize',
] as const satisfies (keyof SessionOptions)[];

export const maxFramesInFlight = 16;
export const maxBatchSize = 64;
const maxDefaultThreads = 8;

/** Fills in defaults; throws ERR_INVALID_OPTION. */
export function checkSessionOptions(options: InternalSessionOptions): CheckedSessionOptions {
  const {
    device = 'auto',
    precision = 'auto',
    framesInFlight,
    batchSize = 1,
    executor,
    instructionSet = 'auto',
    fuse = true,
  } = options;
  const { threads = Math.min(os.availableParallelism(), maxDefaultThreads) } = options;
  return {
    device: checkDevice(device),
    precision: checkOneOf('precision', precision, ['auto', 'float16', 'float32']),
    threads: checkInteger('threads', threads, 1, 256),
    framesInFlight:
      framesInFlight === undefined ? undefined : checkInteger('framesInFlight', framesInFlight, 1, maxFramesInFlight),
    batchSize: checkInteger('batchSize', batchSize, 1, maxBatchSize),
    executor,
    instructionSet,
    fuse,
  };
}
