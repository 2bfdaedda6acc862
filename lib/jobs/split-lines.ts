import { isUint8Array } from 'node:util/types';
import { invalidOption } from '../options';
import { itemsUntilAbort } from '../source-reader';

export interface SplitLinesOptions {
  /** The byte that ends a line. Default 0x0a, a line feed. */
  separator?: number;
  /** Bytes of a line at most. */
  longest: number;
  /** The error of a longer one. `line` counts from 1. */
  tooLong(line: number): Error;
  signal?: AbortSignal;
}

/**
 * The lines of a UTF-8 text that comes in pieces, without what ends them. The last one need not be ended. A piece may be
 * overwritten once the next one is asked for. On abort the iteration throws the signal's reason at once, even while a piece is
 * awaited that may never come.
 */
export async function* splitLines(
  source: AsyncIterable<Uint8Array | string>,
  { separator = 0x0a, longest, tooLong, signal }: SplitLinesOptions,
): AsyncGenerator<string, void, undefined> {
  let begun: Buffer[] = [];
  let begunBytes = 0;
  let line = 1;
  for await (const piece of itemsUntilAbort(source, signal)) {
    const bytes = toBuffer(piece);
    let start = 0;
    for (let end = bytes.indexOf(separator); end >= 0; end = bytes.indexOf(separator, start)) {
      if (begunBytes + end - start > longest) {
        throw tooLong(line);
      }
      const rest = bytes.subarray(start, end);
      yield begun.length === 0 ? rest.toString() : Buffer.concat([...begun, rest]).toString();
      begun = [];
      begunBytes = 0;
      line++;
      start = end + 1;
    }
    if (start < bytes.length) {
      begun.push(Buffer.from(bytes.subarray(start)));
      begunBytes += bytes.length - start;
      if (begunBytes > longest) {
        throw tooLong(line);
      }
    }
  }
  if (begunBytes > 0) {
    yield Buffer.concat(begun).toString();
  }
}

function toBuffer(piece: Uint8Array | string): Buffer {
  if (typeof piece === 'string') {
    return Buffer.from(piece);
  }
  if (isUint8Array(piece)) {
    return Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
  }
  throw invalidOption('the list of inputs', 'pieces of text or Uint8Arrays', piece);
}
