import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BridgeFile } from '../../../../page/src/engine/bridge';
import { maxOpenedBytes, maxPhotoBytes, maxPhotos } from '../limits';

/** Media types of the pictures that the package reads, by what their files' names end with. */
const pictureTypes: Record<string, string> = {
  '.avif': 'image/avif',
  '.bmp': 'image/bmp',
  '.gif': 'image/gif',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.tif': 'image/tiff',
  '.tiff': 'image/tiff',
  '.webp': 'image/webp',
};

export const pictureExtensions = Object.keys(pictureTypes).map((extension) => extension.slice(1));
export const modelExtension = 'safetensors';

const extensionOf = (file: string) => path.extname(file).toLowerCase();

/** Files named on a command line, without the program and its own arguments; some desktops give `file:` addresses. */
export function namedFiles(args: readonly string[], folder: string): string[] {
  return args
    .filter((argument) => argument !== '' && !argument.startsWith('-'))
    .map((argument) => path.resolve(folder, argument.startsWith('file:') ? pathOfAddress(argument) : argument));
}

function pathOfAddress(address: string): string {
  try {
    return fileURLToPath(address);
  } catch {
    return address; // of another machine, or none: there will be no such file
  }
}

/** Models are given to the process that runs them, everything else is opened as a photo. */
export function sortFiles(files: readonly string[]): { models: string[]; photos: string[] } {
  const isModel = (file: string) => extensionOf(file) === `.${modelExtension}`;
  return { models: files.filter(isModel), photos: files.filter((file) => !isModel(file)) };
}

export interface ReadPhotos {
  photos: BridgeFile[];
  /** One line for each file that was not opened. */
  refused: string[];
}

/** Reads photos, within the limits on each and on all. */
export async function readPhotos(files: readonly string[]): Promise<ReadPhotos> {
  const read: ReadPhotos = { photos: [], refused: [] };
  let room = maxOpenedBytes;
  for (const file of files) {
    try {
      if (read.photos.length === maxPhotos) {
        throw new Error(`at most ${maxPhotos} photos can be opened at once`);
      }
      const photo = await readPhoto(file, room);
      room -= photo.bytes.length;
      read.photos.push(photo);
    } catch (error) {
      read.refused.push(`${path.basename(file)}: ${(error as Error).message}`);
    }
  }
  return read;
}

const inMebibytes = (bytes: number) => `${Math.floor(bytes / 2 ** 20)} MiB`;

async function readPhoto(file: string, room: number): Promise<BridgeFile> {
  const type = pictureTypes[extensionOf(file)];
  if (type === undefined) {
    throw new Error(`expected one of ${pictureExtensions.join(', ')}`);
  }
  const status = await stat(file);
  if (!status.isFile()) {
    throw new Error('it is not a file');
  }
  if (status.size > maxPhotoBytes) {
    throw new Error(`expected at most ${inMebibytes(maxPhotoBytes)} but it has ${inMebibytes(status.size)}`);
  }
  if (status.size > room) {
    throw new Error(`at most ${inMebibytes(maxOpenedBytes)} can be opened at once`);
  }
  // A copy: a Buffer may be part of a larger one, which would be sent with it.
  return { name: path.basename(file), type, bytes: new Uint8Array(await readFile(file)) };
}
