import { MobileNetError } from '../../errors';
import { splitLines } from '../split-lines';

/** Characters of one line; no path or address is longer. */
const longestLine = 65_536;

/**
 * The lines of a list, empty ones left out. Throws ERR_INVALID_OPTION for a line of more than 65,536 characters: it is no list of names.
 *
 * @param separator `\n`, before which a `\r` is dropped, or `\0`
 */
export async function* listLines(
  source: AsyncIterable<Uint8Array | string>,
  separator: '\n' | '\0',
): AsyncGenerator<string, void, undefined> {
  const tooLong = () =>
    new MobileNetError('ERR_INVALID_OPTION', `expected lines of at most ${longestLine} characters in the list of images`);
  for await (const line of splitLines(source, separator, longestLine, tooLong)) {
    const name = separator === '\n' && line.endsWith('\r') ? line.slice(0, -1) : line;
    if (name !== '') {
      yield name;
    }
  }
}
