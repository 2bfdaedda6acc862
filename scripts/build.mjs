// Compiles lib/ to dist/: CommonJS with types by tsc, then a thin ES module over it, so that `require` and `import` share one set
// of classes and one native addon. Then bundles the page to dist/page.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { thirdPartyNotice } from './third-party.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const dist = path.join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
const compiler = path.join(path.dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
execFileSync(process.execPath, [compiler, '-p', path.join(root, 'tsconfig.build.json')], { stdio: 'inherit' });

// Scripts of worker threads are written as what they run as: an ES module, which loads h5wasm.
for (const script of ['convert/keras/hdf5-worker.mjs']) {
  copyFileSync(path.join(root, 'lib', script), path.join(dist, script));
}

const names = Object.keys(require(path.join(dist, 'index.js'))).filter((name) => name !== '__esModule');
writeFileSync(
  path.join(dist, 'index.mjs'),
  `import mobilenet from './index.js';\n\nexport const { ${names.join(', ')} } = mobilenet;\n`,
);
writeFileSync(path.join(dist, 'index.d.mts'), `export * from './index.js';\n`);
chmodSync(path.join(dist, 'cli', 'main.js'), 0o755);
writeFileSync(path.join(dist, 'third-party.md'), thirdPartyNotice());

await build({ configFile: path.join(root, 'page', 'vite.config.mjs'), logLevel: 'warn' });
