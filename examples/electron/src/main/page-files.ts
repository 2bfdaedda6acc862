import { readdir } from 'node:fs/promises';
import path from 'node:path';

/**
 * The files of a folder, by their path in an address: `/assets/index.js`. What is not in this list is not served, so no address can lead out of
 * the folder; links in it are not followed.
 */
export async function listPageFiles(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const walk = async (relative: string) => {
    // Not `recursive`: Electron's file system in archives has not always known it.
    for (const entry of await readdir(path.join(folder, relative), { withFileTypes: true })) {
      const inside = `${relative}/${entry.name}`;
      if (entry.isDirectory()) {
        await walk(inside);
      } else if (entry.isFile()) {
        files.set(inside, path.join(folder, inside));
      }
    }
  };
  await walk('');
  return files;
}
