// The package as it is published, once without prebuilt binaries, and once with the one for this system.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as tar from 'tar';
import { root, run } from './harness.mjs';

const { familySync } = createRequire(import.meta.url)('detect-libc');

/** Packs a folder; gives the tarball's path and npm's listing of it. Throws what npm says if it fails. */
function pack(folder, destination) {
  mkdirSync(destination, { recursive: true });
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', destination];
  const { status, stdout, stderr } = run('npm', args, folder);
  if (status !== 0) {
    throw new Error(`npm pack: ${stderr}`);
  }
  const listing = path.join(destination, 'listing.json');
  writeFileSync(listing, stdout);
  const [{ filename }] = Object.values(JSON.parse(stdout));
  return { tarball: path.join(destination, filename), listing };
}

/** Where prebuildify --tag-libc puts the binary of this system. */
export function prebuildOfThisSystem() {
  const libc = familySync();
  return path.posix.join('prebuilds', `${process.platform}-${process.arch}`, `mobilenet-metal${libc ? `.${libc}` : ''}.node`);
}

/** The package without binaries, from what is built. The staged files stay in `folder`. */
export async function packSources(folder) {
  const all = pack(root, path.join(folder, 'all'));
  const staged = path.join(folder, 'staged');
  mkdirSync(staged, { recursive: true });
  await tar.extract({ file: all.tarball, cwd: staged });
  rmSync(path.join(staged, 'package', 'prebuilds'), { recursive: true, force: true });
  return pack(path.join(staged, 'package'), path.join(folder, 'sources'));
}

/** The package of {@link packSources} with `binary` as the prebuilt one. */
export function packPrebuilt(folder, binary) {
  const staged = path.join(folder, 'staged', 'package');
  const place = path.join(staged, prebuildOfThisSystem());
  mkdirSync(path.dirname(place), { recursive: true });
  copyFileSync(binary, place);
  if (existsSync('/usr/bin/strip')) {
    run('strip', [...(process.platform === 'darwin' ? ['-Sx'] : []), place], folder);
  }
  return pack(staged, path.join(folder, 'prebuilt'));
}

export const readListing = (listing) => Object.values(JSON.parse(readFileSync(listing, 'utf8')))[0];
