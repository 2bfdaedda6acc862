/** What the extended header of a member changes. */
export interface PaxFields {
  /** The member's name. */
  path?: string;
  /** Its bytes in the archive. */
  size?: number;
  /** It is stored without its holes. */
  sparse?: boolean;
}

/**
 * Reads an extended header: records of `LENGTH KEY=VALUE\n`, LENGTH in bytes over all of it, so that a value may hold line
 * breaks. Throws a SyntaxError where one is malformed.
 */
export function parsePax(bytes: Buffer): PaxFields {
  const fields: PaxFields = {};
  for (let start = 0; start < bytes.length; ) {
    const blank = bytes.indexOf(0x20, start);
    const text = blank < 0 ? '' : bytes.toString('latin1', start, blank);
    const length = /^\d{1,7}$/.test(text) ? Number(text) : 0;
    const end = start + length;
    const equals = bytes.indexOf(0x3d, blank);
    if (length === 0 || end > bytes.length || equals < 0 || equals >= end || bytes[end - 1] !== 0x0a) {
      throw new SyntaxError('an extended header is malformed');
    }
    setField(fields, bytes.toString('utf8', blank + 1, equals), bytes.toString('utf8', equals + 1, end - 1));
    start = end;
  }
  return fields;
}

function setField(fields: PaxFields, key: string, value: string): void {
  // An empty value takes a record back.
  if (key === 'path') {
    fields.path = value || undefined;
  } else if (key === 'size') {
    if (!/^\d{0,16}$/.test(value)) {
      throw new SyntaxError('the size in an extended header is malformed');
    }
    fields.size = value ? Number(value) : undefined;
  } else if (key.startsWith('GNU.sparse.')) {
    fields.sparse = true;
  }
}
