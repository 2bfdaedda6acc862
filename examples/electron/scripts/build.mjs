// Bundles the app's three scripts into dist/: a sandboxed preload script has to be one file. Electron and the package stay outside.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.join(import.meta.dirname, '..');
const out = path.join(root, 'dist');

rmSync(out, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: ['main', 'preload', 'utility'].map((name) => ({ in: `src/${name}/${name}.ts`, out: name })),
  outdir: out,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  // Electron 45's.
  target: 'node24',
  external: ['electron', 'mobilenet-metal'],
  sourcemap: 'linked',
  sourcesContent: false,
});
