import type { ErrorCode } from '../errors';
import type { StageTimes } from './pictures/stage-times';

/** How far a job is. */
export interface JobProgress {
  /** Pictures of the whole job; undefined where nobody knows before the end: archives, iterators. */
  total: number | undefined;
  /** Rows there are, those of failed pictures and of earlier runs among them. */
  rows: number;
  /** Rows of earlier runs, which this one went on from. */
  resumed: number;
  /** Rows of failed pictures. */
  failed: number;
  /** Those by their error's code. */
  failures: Partial<Record<ErrorCode, number>>;
  /** Whether all rows are written and the output is in its place. */
  complete: boolean;
  /** Of this run, from the first picture on. */
  seconds: number;
  /** Rows of this run for each second. */
  rate: number;
  /** Of this run. */
  stages: Readonly<StageTimes>;
}
