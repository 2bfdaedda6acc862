import { Header } from 'tar';

const block = 512;

/** A member as a tar archive stores it: header, bytes, padding. */
export function member(path: string, body: Uint8Array | string = '', typeflag = '0'): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([header(path, bytes.length, typeflag), padded(bytes)]);
}

/** The header of a member of any size and type. */
export function header(path: string, size: number, typeflag = '0'): Buffer {
  const bytes = Buffer.alloc(block);
  new Header({ path: path.slice(0, 100), size, type: 'File', mode: 0o644, mtime: new Date(0) }).encode(bytes);
  bytes.write(typeflag, 156, 'latin1');
  return withChecksum(bytes);
}

/** Puts the checksum right. */
export function withChecksum(bytes: Buffer): Buffer {
  bytes.fill(' ', 148, 156);
  const sum = bytes.subarray(0, block).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return bytes;
}

/** A member whose name, size or more stands in an extended header. */
export function paxMember(records: Record<string, string>, body: Uint8Array | string, name = 'short.jpg'): Buffer {
  const text = Object.entries(records).map(([key, value]) => paxRecord(key, value));
  return Buffer.concat([member('PaxHeader', text.join(''), 'x'), member(name, body)]);
}

/** `LENGTH KEY=VALUE\n`, where LENGTH counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + 1;
  while (String(length).length + rest !== length) {
    length = String(length).length + rest;
  }
  return `${length} ${key}=${value}\n`;
}

/** What ends an archive. */
export const endMark = Buffer.alloc(2 * block);

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((block - (bytes.length % block)) % block)]);
}
