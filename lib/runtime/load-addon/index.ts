import path from 'node:path';
import { MobileNetError } from '../errors';
import type { NativeAddon } from './native';

/** Folder that holds package.json: two levels above this file, both in lib/ and in dist/. */
const packageFolder = path.join(__dirname, '..', '..');

function explain(cause: unknown): MobileNetError {
  const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
  return new MobileNetError(
    'ERR_NATIVE_LOAD',
    [
      `could not load the native addon of mobilenet-metal for ${process.platform}-${process.arch}, Node ${process.versions.node}: ${reason}`,
      'Possible solutions:',
      '- Installed with --ignore-scripts? Run "npm rebuild mobilenet-metal".',
      '- No prebuilt binary for this machine? Building one needs a C++20 compiler, make and python3.',
      '- Electron with asar? Add "node_modules/mobilenet-metal/**" to asarUnpack.',
      '- node_modules copied from another system or processor? Install again on this one.',
    ].join('\n'),
    { cause },
  );
}

let addon: NativeAddon | undefined;

/** The native addon, loaded at the first call. Throws ERR_NATIVE_LOAD with what to do about it. */
export function loadAddon(): NativeAddon {
  if (!addon) {
    try {
      const load: (folder: string) => NativeAddon = require('node-gyp-build');
      addon = load(packageFolder);
    } catch (cause) {
      throw explain(cause);
    }
  }
  return addon;
}
