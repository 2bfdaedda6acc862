import { StringDecoder } from 'node:string_decoder';

/**
 * Text cut at each separator, which is not part of the lines. What stands behind the last separator is a line unless it is empty.
 *
 * @param longest characters of a line; what `tooLong` makes is thrown for one that is longer
 */
export async function* splitLines(
  source: AsyncIterable<Uint8Array | string>,
  separator: '\n' | '\0',
  longest: number,
  tooLong: () => Error,
): AsyncGenerator<string, void, undefined> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of source) {
    const parts = (typeof chunk === 'string' ? chunk : decoder.write(chunk as Buffer)).split(separator);
    parts[0] = rest + parts[0];
    rest = parts.pop() as string;
    for (const line of parts) {
      if (line.length > longest) {
        throw tooLong();
      }
      yield line;
    }
    if (rest.length > longest) {
      throw tooLong();
    }
  }
  rest += decoder.end();
  if (rest !== '') {
    yield rest;
  }
}
