import path from 'node:path';
import type { NativeAddon } from '../native';
import { loadFailure } from './failure';
import { observe } from './observe';

/** Folder that holds package.json: three levels above this file, both in lib/ and in dist/. */
const packageFolder = path.join(__dirname, '..', '..', '..');

interface NodeGypBuild {
  /** The path of the binary that fits; throws where none does. */
  resolve(folder: string): string;
}

let addon: NativeAddon | undefined;

/** The native addon, loaded at the first call. Throws ERR_NATIVE_LOAD with what was looked for, what is there and what to do about it. */
export function loadAddon(): NativeAddon {
  if (!addon) {
    let binary: string | undefined;
    try {
      binary = (require('node-gyp-build') as NodeGypBuild).resolve(packageFolder);
      addon = require(binary) as NativeAddon;
    } catch (cause) {
      throw loadFailure(observe(packageFolder, binary), cause);
    }
  }
  return addon;
}
