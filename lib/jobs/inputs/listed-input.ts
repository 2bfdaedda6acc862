import { relative, sep } from 'node:path';

/** A picture. */
export interface ListedImage {
  kind: 'image';
  /** Path or URL. */
  name: string;
  /** The folder it was found in, as the user named it; of globs, the folder their wildcards begin in. */
  root?: string;
}

/** An archive, whose pictures are not listed before it is read. */
export interface ListedArchive {
  kind: 'archive';
  path: string;
  /** In bytes. */
  size: number;
  /** When it was last written, in milliseconds since 1970. */
  modified: number;
}

export type ListedInput = ListedImage | ListedArchive;

/**
 * What decides to which shard a picture belongs: in a folder its path relative to that folder, with `/` between names, so that
 * machines agree that see the folder in different places.
 */
export function shardKey({ name, root }: ListedImage): string {
  if (root === undefined) {
    return name;
  }
  const key = relative(root, name);
  return sep === '/' ? key : key.replaceAll(sep, '/');
}
