import { createReadStream } from 'node:fs';
import { MobileNetError } from '../../errors';
import type { JobRow } from '../rows';
import { splitLines } from '../split-lines';

/** Bytes of a row; an embedding of a whole layer may have millions of numbers. */
const longestRow = 2 ** 28;

function isRow(value: unknown): value is JobRow {
  return typeof value === 'object' && value !== null && typeof (value as JobRow).image === 'string';
}

/**
 * The rows of a file, one after the other. Throws ERR_JOB_CORRUPT for what is no row.
 *
 * @param count rows read at most. Default: all
 */
export async function* readRows(path: string, count = Number.POSITIVE_INFINITY): AsyncGenerator<JobRow, void, undefined> {
  let number = 0;
  const damaged = () => new MobileNetError('ERR_JOB_CORRUPT', `'${path}' is damaged at row ${number + 1}`);
  if (count === 0) {
    return;
  }
  for await (const line of splitLines(createReadStream(path), { longest: longestRow, tooLong: damaged })) {
    let row: unknown;
    try {
      row = JSON.parse(line);
    } catch {
      throw damaged();
    }
    if (!isRow(row)) {
      throw damaged();
    }
    number++;
    yield row;
    if (number === count) {
      return;
    }
  }
}
