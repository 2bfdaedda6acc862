import type { Header } from 'tar';
import type { ArchiveFile } from './archive-file';
import { type PaxFields, parsePax } from './pax';

/** A member of an archive that is a regular file. */
export interface TarMember {
  name: string;
  /** Where its bytes begin. */
  position: number;
  /** How many there are. */
  size: number;
  /** It is stored without its holes, which this reader does not put back. */
  sparse: boolean;
}

/** Everything in the format comes in blocks of so many bytes. */
const block = 512;
/** Bytes of an extended header at most; names are far shorter. */
const maxExtension = 2 ** 20;

const regular = new Set(['File', 'OldFile', 'ContiguousFile']);
const longPath = new Set(['NextFileHasLongPath', 'OldGnuLongPath']);
const extended = new Set(['ExtendedHeader', 'OldExtendedHeader']);
/** Headers that speak of others; the rest of the types are members, whatever they are. */
const meta = new Set([...longPath, ...extended, 'GlobalExtendedHeader', 'NextFileHasLongLinkpath']);

/**
 * The regular files of a tar archive, in its order (ustar, pax and GNU headers). Their bytes are not read: whoever wants
 * them finds them in the archive. Links, folders and devices are passed over.
 *
 * Throws ERR_ARCHIVE_CORRUPT for whatever is no whole, intact archive up to its end mark: members behind the damage are unknown.
 */
export async function* tarMembers(archive: ArchiveFile): AsyncGenerator<TarMember, void, undefined> {
  let position = 0;
  let next: PaxFields = {};
  for (;;) {
    const header = await readHeader(archive, position);
    if (header === undefined) {
      return;
    }
    const type = header.type as string;
    const isMeta = meta.has(type);
    const size = (isMeta ? undefined : next.size) ?? header.size;
    const body = position + block;
    if (size === undefined || !Number.isSafeInteger(size)) {
      throw await archive.damaged(`the header at byte ${position} has no size`);
    }
    if (body + size > archive.size) {
      throw await archive.damaged(`it ends at byte ${archive.size}, in the middle of a member: it was cut short`);
    }
    if (isMeta) {
      next = { ...next, ...(await readExtension(archive, type, body, size)) };
    } else {
      if (type === 'SparseFile') {
        throw await archive.damaged(
          `its member at byte ${position} is stored without its holes; make the archive without --sparse`,
        );
      }
      if (regular.has(type)) {
        yield { name: next.path ?? header.path ?? '', position: body, size, sparse: next.sparse ?? false };
      }
      next = {};
    }
    position = body + Math.ceil(size / block) * block;
  }
}

/** The header at a place; undefined at the end mark, two blocks of zeros. Some writers leave the second one out. */
async function readHeader(archive: ArchiveFile, position: number): Promise<Header | undefined> {
  if (position + block > archive.size) {
    throw await archive.damaged(position === 0 ? 'it is no tar archive' : 'it ends without an end mark: it was cut short');
  }
  const bytes = await archive.read(position, block);
  if (bytes.every((byte) => byte === 0)) {
    const after = position + block;
    if (after + block > archive.size || (await archive.read(after, block)).every((byte) => byte === 0)) {
      return undefined;
    }
    throw await archive.damaged(`there is a block of zeros between its members, at byte ${position}`);
  }
  // Loaded here: most jobs have no archive.
  const { Header } = require('tar') as typeof import('tar');
  const header = new Header(bytes);
  if (!header.cksumValid) {
    throw await archive.damaged(position === 0 ? whatElse(bytes) : `the header at byte ${position} is damaged`);
  }
  return header;
}

/** What a member's extended headers say of it. */
async function readExtension(archive: ArchiveFile, type: string, position: number, size: number): Promise<PaxFields> {
  if (!longPath.has(type) && !extended.has(type)) {
    return {};
  }
  if (size > maxExtension) {
    throw await archive.damaged(`the extended header at byte ${position} has more than ${maxExtension} bytes`);
  }
  const bytes = await archive.read(position, size);
  if (longPath.has(type)) {
    const end = bytes.indexOf(0);
    return { path: bytes.toString('utf8', 0, end < 0 ? size : end) };
  }
  try {
    return parsePax(bytes);
  } catch (error) {
    throw await archive.damaged(`at byte ${position} ${(error as SyntaxError).message}`);
  }
}

/** First bytes of compressed files: gzip, bzip2, xz, Zstandard, zip. */
const compressed = ['1f8b', '425a68', 'fd377a585a', '28b52ffd', '504b0304'];

function whatElse(bytes: Buffer): string {
  const isCompressed = compressed.some((mark) => bytes.toString('hex').startsWith(mark));
  return isCompressed
    ? 'it is compressed; archives are read as plain .tar only'
    : 'it is no tar archive, or its header is damaged';
}
