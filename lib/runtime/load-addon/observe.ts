import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type BinaryTarget, binaryTarget } from './binary-target';

/** A binary of the addon that lies in the package's folder. */
export interface FoundBinary {
  /** With `/`, from the package's folder. */
  file: string;
  /** `undefined` where the file is no binary. */
  target: BinaryTarget | undefined;
}

/** All that tells why the addon does not load. */
export interface Situation {
  platform: string;
  arch: string;
  /** Of Linux: `glibc 2.36`, `musl 1.2.5`. */
  libc: string | undefined;
  cpuModel: string;
  node: string;
  electron: string | undefined;
  /** What package.json asks of Node; `undefined` if the package's own package.json is not where it should be. */
  requiredNode: string | undefined;
  folder: string;
  /** Path of the binary that was chosen, if any fitted by its name. */
  chosen: string | undefined;
  found: FoundBinary[];
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function targetOf(file: string): BinaryTarget | undefined {
  try {
    const descriptor = openSync(file, 'r');
    try {
      const start = Buffer.alloc(1024);
      return binaryTarget(start.subarray(0, readSync(descriptor, start)));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}

/** The binaries in the folders where node-gyp-build looks, in its order. */
function findBinaries(folder: string): FoundBinary[] {
  const prebuilds = list(path.join(folder, 'prebuilds')).map((target) => `prebuilds/${target}`);
  return ['build/Release', 'build/Debug', ...prebuilds].flatMap((place) =>
    list(path.join(folder, place))
      .filter((file) => file.endsWith('.node'))
      .map((file) => ({ file: `${place}/${file}`, target: targetOf(path.join(folder, place, file)) })),
  );
}

function libc(): string | undefined {
  if (process.platform !== 'linux') {
    return undefined;
  }
  // Loaded here only: it may read files and run programs to find out.
  const { familySync, versionSync } = require('detect-libc') as typeof import('detect-libc');
  return [familySync() ?? 'unknown C library', versionSync() ?? ''].join(' ').trim();
}

function requiredNode(packageFolder: string): string | undefined {
  try {
    const { name, engines } = JSON.parse(readFileSync(path.join(packageFolder, 'package.json'), 'utf8'));
    return name === 'mobilenet-metal' ? engines.node : undefined;
  } catch {
    return undefined;
  }
}

/** Looks around after the addon of the package in `packageFolder` could not be loaded from `chosen`, or was not found. */
export function observe(packageFolder: string, chosen: string | undefined): Situation {
  // Where node-gyp-build looks instead, if it is set.
  const folder = process.env.MOBILENET_METAL_PREBUILD || packageFolder;
  return {
    platform: process.platform,
    arch: process.arch,
    libc: libc(),
    cpuModel: os.cpus()[0]?.model ?? '',
    node: process.versions.node,
    electron: process.versions.electron,
    requiredNode: requiredNode(packageFolder),
    folder,
    chosen,
    found: findBinaries(folder),
  };
}
