import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../../../scripts/packages';

export const exampleFolder = path.join(projectRoot, 'examples', 'electron');

/** What Electron's fuses are found by in its binary, then their version, number and states. */
export const fuseWire = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const fuses = `\x01\x09${'1'.repeat(9)}`;

/** What electron-builder needs of an Electron for Linux: a program with fuses, a version, licences. It starts nothing. */
export function writeElectronDist(folder: string): void {
  mkdirSync(path.join(folder, 'resources'), { recursive: true });
  const program = path.join(folder, 'electron');
  writeFileSync(
    program,
    Buffer.concat([readFileSync(process.execPath).subarray(0, 64), Buffer.from(fuseWire + fuses, 'latin1')]),
  );
  chmodSync(program, 0o755);
  const { version } = JSON.parse(readFileSync(path.join(exampleFolder, 'node_modules', 'electron', 'package.json'), 'utf8'));
  writeFileSync(path.join(folder, 'version'), version);
  for (const licence of ['LICENSE', 'LICENSES.chromium.html']) {
    copyFileSync(path.join(projectRoot, 'LICENSE'), path.join(folder, licence));
  }
}
