import type { ErrorCode } from '../errors';

/** What a job says of a picture that failed. */
export interface FailedRow {
  /** The picture, as its reference names it. */
  image: string;
  /** What went wrong with it. */
  error: {
    /** As the error has it. */
    code: ErrorCode;
    /** In words, without libvips' own. */
    message: string;
  };
}

/**
 * What a job says of a picture: its size in pixels and the task's own fields, nothing that another run could say otherwise (no times, no
 * device), so that the rows of an interrupted job are those of an undisturbed one, byte by byte.
 */
export type FinishedRow = {
  /** The picture, as its reference names it. */
  image: string;
  /** Of the upright picture in pixels. */
  width: number;
  /** Of the upright picture in pixels. */
  height: number;
} & Record<string, unknown>;

/** What a job says of a picture. */
export type JobRow = FinishedRow | FailedRow;

export function isFailed(row: JobRow): row is FailedRow {
  return 'error' in row;
}

/** The row as a line of JSON, without its line break. Every row begins with its picture's name. */
export function rowLine(row: JobRow): string {
  return JSON.stringify(row);
}
