import { spawnSync } from 'node:child_process';
import { exampleFolder } from '../double/electron-dist';

/** Bundles the app's scripts once for all tests. */
export default function setUp(): void {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: exampleFolder, encoding: 'utf8' });
  if (status !== 0) {
    throw new Error(`the Electron example cannot be bundled:\n${stderr}`);
  }
}
