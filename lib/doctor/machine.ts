import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { version } from '../version';

/** What a bug report has to say of the machine. */
export interface Machine {
  /** Of this package. */
  package: string;
  node: string;
  /** Such as `darwin`, `linux`. */
  platform: string;
  arch: string;
  /** The kernel's release: Darwin's version on a Mac. */
  release: string;
  /** Such as `14.5`. */
  macos?: string;
}

async function macosVersion(): Promise<string | undefined> {
  const text = await readFile('/System/Library/CoreServices/SystemVersion.plist', 'utf8').catch(() => '');
  return /<key>ProductVersion<\/key>\s*<string>([^<]+)<\/string>/.exec(text)?.[1];
}

export async function describeMachine(): Promise<Machine> {
  const macos = process.platform === 'darwin' ? await macosVersion() : undefined;
  return {
    package: version,
    node: process.versions.node,
    platform: process.platform,
    arch: process.arch,
    release: os.release(),
    ...(macos === undefined ? {} : { macos }),
  };
}
