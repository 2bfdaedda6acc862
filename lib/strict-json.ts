/** Where the string that begins with the quote at `start` ends, its closing quote included. */
function endOfString(text: string, start: number): number {
  let end = start + 1;
  while (text[end] !== '"') {
    end += text[end] === '\\' ? 2 : 1;
  }
  return end + 1;
}

/**
 * Finds an object key that occurs twice, which `JSON.parse` silently accepts: two readers of one file could then see two
 * different models. `text` must already be valid JSON. (A loop, because a regular expression runs out of stack on strings of
 * megabytes.)
 */
function findDuplicateKey(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = []; // the keys of each open object; undefined for an array
  for (let place = 0; place < text.length; place++) {
    const character = text[place];
    if (character === '{' || character === '[') {
      open.push(character === '{' ? new Set() : undefined);
    } else if (character === '}' || character === ']') {
      open.pop();
    } else if (character === '"') {
      const end = endOfString(text, place);
      if (isKey(text, end)) {
        const keys = open.at(-1);
        const key = JSON.parse(text.slice(place, end)) as string;
        if (keys?.has(key)) {
          return key;
        }
        keys?.add(key);
      }
      place = end - 1;
    }
  }
  return undefined;
}

/** Whether the string that ends at `end` is followed by a colon. */
function isKey(text: string, end: number): boolean {
  let next = end;
  while (text[next] === ' ' || text[next] === '\t' || text[next] === '\n' || text[next] === '\r') {
    next++;
  }
  return text[next] === ':';
}

/**
 * Whether `text` is what `JSON.stringify` writes for `value`, as in every file this package has written: then no key of it was lost. Native
 * code finds that out ten times faster than {@link findDuplicateKey}, for which every loading of a model would wait.
 */
function isAsWritten(text: string, value: unknown): boolean {
  try {
    return JSON.stringify(value, null, text.startsWith('{\n') ? 2 : 0) === text.trimEnd();
  } catch {
    return false; // nested too deeply to be written
  }
}

/**
 * `JSON.parse` that also refuses an object key written twice.
 * @throws SyntaxError
 */
export function parseStrictJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  const duplicate = isAsWritten(text, value) ? undefined : findDuplicateKey(text);
  if (duplicate !== undefined) {
    throw new SyntaxError(`the key '${duplicate.slice(0, 60)}' occurs twice`);
  }
  return value;
}
