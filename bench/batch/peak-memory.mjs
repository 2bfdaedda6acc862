import { readFileSync } from 'node:fs';
import os from 'node:os';
import process from 'node:process';

/** Mebibytes this process has had resident at most. Linux counts those of the process that started it into getrusage's figure. */
export function peakMemory() {
  if (os.platform() !== 'linux') {
    return process.resourceUsage().maxRSS / 1024;
  }
  return Number(/VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
}
