import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { CAT_PHOTO } from '../lib/cat-photo';
import { projectRoot } from '../scripts/packages';

function packagesLoaded(...images: string[]): string[] {
  const script = [path.join(projectRoot, 'scripts', 'run-ts.mjs'), path.join(__dirname, 'loaded-packages.ts')];
  return JSON.parse(execFileSync(process.execPath, [...script, ...images], { cwd: projectRoot, encoding: 'utf8' }));
}

test('what classifies raw pixels loads no package but the one that finds the addon', () => {
  expect(packagesLoaded()).toEqual(['node-gyp-build']);
});

test('what classifies a file loads sharp, and none of the libraries for conversion, download and drawing', () => {
  const packages = packagesLoaded(CAT_PHOTO);
  expect(packages).toContain('sharp');
  for (const other of ['flatbuffers', 'h5wasm', 'opentype.js', 'pacote', 'proper-lockfile', 'protobufjs', 'tar', 'yauzl']) {
    expect(packages).not.toContain(other);
  }
});
