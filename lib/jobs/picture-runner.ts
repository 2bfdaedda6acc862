import type { StageTimes } from './pictures/stage-times';
import type { Reference } from './reference';
import type { JobRow } from './rows';
import type { JobSpec } from './spec';

/** A picture that was worked on: its row, and the files that belong to it. */
export interface PictureOutcome {
  row: JobRow;
  /** Paths of files written for it, which must be on disk before the row counts as done. */
  files: string[];
}

export interface RunPicturesOptions {
  /** Place of the first reference in its job, from 0: names of masks and drawings begin with it. Default 0. */
  first?: number;
  /** Stops at once: what is in work is given up, and the iteration throws the signal's reason. */
  signal?: AbortSignal;
}

/** A model that is loaded and ready for the pictures of a job. */
export interface PictureRunner {
  /** Hexadecimal SHA-256 of the model file. */
  readonly modelHash: string;
  /** What the network runs on, with what decides its results to the last bit: `cpu avx512`, `metal float16 Apple M1`. */
  readonly device: string;
  /** Of all its pictures so far. */
  readonly times: Readonly<StageTimes>;
  /**
   * Works on pictures, several at a time, outcomes in their order; pictures are taken from the source only as outcomes are taken. A picture
   * that fails becomes a failed row. The iteration throws what stops a whole job: ERR_INPUT_LOST where the folder of a picture is gone,
   * ERR_WRITE, ERR_NO_DEVICE, ERR_DEVICE_LOST after retries, ERR_OUT_OF_MEMORY, …
   */
  run(references: Iterable<Reference> | AsyncIterable<Reference>, options?: RunPicturesOptions): AsyncIterable<PictureOutcome>;
  dispose(): Promise<void>;
}

/** Makes a runner: loads the model, checks all options. */
export type OpenPictureRunner = (spec: JobSpec) => Promise<PictureRunner>;
