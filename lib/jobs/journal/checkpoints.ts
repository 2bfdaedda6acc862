import { readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { MobileNetError } from '../../errors';

/** A place in the file of rows up to which all is on disk. */
export interface Checkpoint {
  rows: number;
  /** Of the file of rows. */
  bytes: number;
  /** CRC-32 of those bytes. */
  crc: number;
  /** Rows of failed pictures by the code of their error. */
  failures: Record<string, number>;
}

export const noRows: Checkpoint = { rows: 0, bytes: 0, crc: 0, failures: {} };

const hexDigits = 8;
const hex = (value: number) => value.toString(16).padStart(hexDigits, '0');

/** One line, its checksum before it: a line that was cut short, or that the disk has mixed up, is none. */
export function encodeCheckpoint(checkpoint: Checkpoint): string {
  const text = JSON.stringify(checkpoint);
  return `${hex(crc32(text))} ${text}\n`;
}

function decodeCheckpoint(line: string): Checkpoint | undefined {
  const text = line.slice(hexDigits + 1);
  return line === `${hex(crc32(text))} ${text}` ? (JSON.parse(text) as Checkpoint) : undefined;
}

/**
 * The checkpoints a file holds, in the order they were written, up to the first that is not whole. None where there is no file; throws
 * ERR_JOB_CORRUPT where it cannot be read.
 */
export async function readCheckpoints(path: string): Promise<Checkpoint[]> {
  let text: string;
  try {
    text = await readFile(path, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return [];
    }
    throw new MobileNetError('ERR_JOB_CORRUPT', `cannot read '${path}': ${(error as Error).message}`, { cause: error });
  }
  const found: Checkpoint[] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    const checkpoint = decodeCheckpoint(line);
    if (!checkpoint) {
      break;
    }
    found.push(checkpoint);
  }
  return found;
}
