import type { ErrorCode } from '../errors';
import type { ClassifyResult } from '../tasks/classifier';
import type { DetectResult } from '../tasks/detector';
import type { EmbedResult } from '../tasks/embedder';
import type { SegmentResult } from '../tasks/segmenter';
import type { JobTask } from './spec';

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
 * What a row of every task holds: nothing that another run could say otherwise (no times, no device), so that the rows of an interrupted job
 * are those of an undisturbed one, byte by byte.
 */
export interface PictureRow {
  /** The picture, as its reference names it. */
  image: string;
  /** Of the upright picture in pixels. */
  width: number;
  /** Of the upright picture in pixels. */
  height: number;
}

/** A row of `classify`. */
export interface ClassifyRow extends PictureRow, Pick<ClassifyResult, 'categories'> {}

/** A row of `detect`. */
export interface DetectRow extends PictureRow, Pick<DetectResult, 'detections'> {
  /** Path of the drawn picture, with `files.draw`. */
  picture?: string;
}

/** A row of `segment`. */
export interface SegmentRow extends PictureRow, Pick<SegmentResult, 'legend'> {
  /** Path of the class map, with `files.mask`. */
  mask?: string;
  /** Path of the drawn picture, with `files.draw`. */
  picture?: string;
}

/** A row of `embed`. */
export interface EmbedRow extends PictureRow, Pick<EmbedResult, 'shape' | 'layer'> {
  /** The vector: `shape.height * shape.width * shape.channels` numbers. */
  embedding: number[];
}

/** What a job says of a picture, by its task. */
export interface TaskRows {
  /** Categories. */
  classify: ClassifyRow;
  /** Detections. */
  detect: DetectRow;
  /** Classes and their pixels. */
  segment: SegmentRow;
  /** A vector. */
  embed: EmbedRow;
}

/**
 * What a job says of a picture: its size in pixels and the task's own fields.
 *
 * @typeParam Task of the job
 */
export type FinishedRow<Task extends JobTask = JobTask> = TaskRows[Task];

/**
 * What a job says of a picture, or of its failure: `'error' in row` tells which.
 *
 * @typeParam Task of the job
 */
export type JobRow<Task extends JobTask = JobTask> = FinishedRow<Task> | FailedRow;

export function isFailed(row: JobRow): row is FailedRow {
  return 'error' in row;
}

/** The fields of a row by their names, whatever its task. */
export function fieldsOf(row: JobRow): Record<string, unknown> {
  return row as unknown as Record<string, unknown>;
}

/** The row as a line of JSON, without its line break. Every row begins with its picture's name. */
export function rowLine(row: JobRow): string {
  return JSON.stringify(row);
}
