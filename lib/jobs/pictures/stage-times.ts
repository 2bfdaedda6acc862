import type { Timing } from '../../tasks/base';

/** Where the time of a job's pictures went: milliseconds of each stage, added up over all pictures, several of which are in work at a time. */
export interface StageTimes {
  /** Files and downloads. */
  read: number;
  /** From the bytes of a file to pixels. */
  decode: number;
  /** In line for memory, a decoder and the device. */
  wait: number;
  /** Resizing and scaling the pixels. */
  preprocess: number;
  /** The network itself. */
  network: number;
  /** From the network's outputs to the result. */
  postprocess: number;
  /** Encoding and writing masks and drawings. */
  files: number;
}

export function noTimes(): StageTimes {
  return { read: 0, decode: 0, wait: 0, preprocess: 0, network: 0, postprocess: 0, files: 0 };
}

export function addTiming(times: StageTimes, { decode, queue, preprocess, network, postprocess }: Timing): void {
  times.decode += decode;
  times.wait += queue;
  times.preprocess += preprocess;
  times.network += network;
  times.postprocess += postprocess;
}
