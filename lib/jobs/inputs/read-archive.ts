import { MobileNetError } from '../../errors';
import { tooManyBytes } from '../../images/errors';
import { maxFileBytes } from '../../images/read';
import type { Reference } from '../reference';
import { ArchiveFile, type ArchiveState } from './archive-file';
import { isHiddenName, isPictureName } from './file-kinds';
import { quote } from './quote';
import { checkShard, inShard, type Shard } from './shard';
import { type TarMember, tarMembers } from './tar-members';

export interface ReadArchiveOptions {
  /** Leaves out the members of other shards, by the members' paths, without reading them. */
  shard?: Shard;
  /** What the archive was like when it was listed. Default: it may be any. */
  expected?: ArchiveState;
  signal?: AbortSignal;
}

/** A picture in an archive. */
export interface ArchivePicture {
  /** `archive.tar/member` */
  name: string;
  /** Reads its bytes into memory, while the iteration it came from is not over. */
  read(): Promise<Reference>;
}

/**
 * The pictures in a tar archive, in its order: regular files with the ending of a picture's name, those that are hidden or lie in
 * hidden folders left out. Names are only names, whatever is in them: nothing is written to the disk. Links, hard ones too, hold
 * no bytes and are left out.
 *
 * Throws ERR_ARCHIVE_CORRUPT where the archive is damaged, cut short or compressed, ERR_INPUT_LOST where it is gone, or changed
 * since it was listed or while it is read; on abort, the signal's reason. The file is closed however the iteration ends.
 */
export async function* archivePictures(
  path: string,
  { shard, expected, signal }: ReadArchiveOptions = {},
): AsyncGenerator<ArchivePicture, void, undefined> {
  const part = shard && checkShard(shard);
  const archive = await ArchiveFile.open(path, expected, signal);
  try {
    for await (const member of tarMembers(archive)) {
      signal?.throwIfAborted();
      if (isPictureMember(member.name) && (!part || inShard(member.name, part))) {
        const name = `${path}/${member.name}`;
        yield { name, read: () => readMember(archive, member, name) };
      }
    }
    await archive.checkUnchanged();
  } finally {
    await archive.close();
  }
}

/**
 * The pictures of {@link archivePictures} with their bytes, of which one member's are in memory at a time: the archive is read no
 * further than pictures are taken. A member of more than 1 GiB has a `failure`.
 */
export async function* readArchive(path: string, options?: ReadArchiveOptions): AsyncGenerator<Reference, void, undefined> {
  for await (const picture of archivePictures(path, options)) {
    yield await picture.read();
  }
}

function isPictureMember(name: string): boolean {
  const hidden = name.split('/').some((part) => isHiddenName(part) && part !== '.' && part !== '..');
  return isPictureName(name) && !hidden;
}

async function readMember(archive: ArchiveFile, { position, size, sparse }: TarMember, name: string): Promise<Reference> {
  if (sparse) {
    const why = `${quote(name)} is stored without its holes; make the archive without --sparse`;
    return unreadable(name, new MobileNetError('ERR_IMAGE_DECODE', why));
  }
  if (size > maxFileBytes) {
    return unreadable(name, tooManyBytes(quote(name), maxFileBytes));
  }
  return { name, image: await archive.read(position, size) };
}

function unreadable(name: string, failure: MobileNetError): Reference {
  return { name, image: new Uint8Array(0), failure };
}
