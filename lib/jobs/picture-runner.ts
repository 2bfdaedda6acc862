import type { JobRow } from './rows';

/** A picture that was worked on: its row, and the files that belong to it. */
export interface PictureOutcome {
  row: JobRow;
  /** Paths of files written for it, which must be on disk before the row counts as done. */
  files: string[];
}
