import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { dependency, root } from './library.mjs';

/** Bytes of the addon as it lies there, and as `prebuildify --strip` packs it; undefined where there is no `strip`. */
export function measureAddon() {
  const addon = dependency('node-gyp-build').path(root);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mobilenet-addon-'));
  try {
    const copy = path.join(folder, 'addon.node');
    copyFileSync(addon, copy);
    execFileSync('strip', [copy, process.platform === 'darwin' ? '-Sx' : '--strip-all'], { stdio: 'ignore' });
    return { built: statSync(addon).size, stripped: statSync(copy).size };
  } catch {
    return { built: statSync(addon).size };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
