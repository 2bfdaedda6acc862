import type { Command } from 'commander';
import type { LoadOptions } from '../tasks/load';
import { parseNumber } from './arguments';

/** Flags that say what a network runs on and how. */
export interface DeviceFlags {
  device?: LoadOptions['device'];
  precision?: LoadOptions['precision'];
  threads?: number;
  framesInFlight?: number;
  batchSize?: number;
}

/** What the flags are by default where a network has its pictures from one program. */
const ofSessions = { threads: 'those of the machine, at most 8', framesInFlight: '3; on the CPU one more than threads, if more' };
/** And in a job, which has a network on one thread for each processor. */
export const ofJobs: typeof ofSessions = { threads: 'as many as processors, one for each picture', framesInFlight: '3' };

/** @param defaults what help says of them */
export function addDeviceOptions(command: Command, defaults = ofSessions): void {
  command
    .option('--device <device>', 'auto, cpu, metal or metal:ID, as mobilenet doctor lists them (default: auto)')
    .option('--precision <precision>', 'auto, float16 or float32 (default: auto: float16 on GPUs)')
    .option('--threads <n>', `CPU threads (default: ${defaults.threads})`, parseNumber)
    .option(
      '--frames-in-flight <n>',
      `pictures, or batches, handed to the device at a time (default: ${defaults.framesInFlight})`,
      parseNumber,
    )
    .option('--batch-size <n>', 'pictures that share one command buffer of a GPU (default: 1)', parseNumber);
}

export function deviceOptions({ device, precision, threads, framesInFlight, batchSize }: DeviceFlags): DeviceFlags {
  return { device, precision, threads, framesInFlight, batchSize };
}
