// LiteRT on WebAssembly. The package is written for browsers: what it asks of one is put in its place here.
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { readInput } from '../lib/input.mjs';
import { servePeer } from '../lib/serve-peer.mjs';

const require = createRequire(import.meta.url);
const bench = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const installed = path.join(bench, 'node_modules', '@litertjs', 'core');
const wasm = path.join(bench, 'build', 'litert-wasm');

/** Emscripten's loaders are CommonJS, but lie in a package of ES modules: they run from a copy. */
function copyLoaders() {
  const marker = path.join(wasm, 'package.json');
  if (!existsSync(marker)) {
    cpSync(path.join(installed, 'wasm'), wasm, { recursive: true });
    writeFileSync(marker, '{ "type": "commonjs" }\n');
  }
}

/** In a browser's worker, scripts are loaded so. */
function pretendToBeAWorker() {
  globalThis.self ??= globalThis;
  globalThis.navigator ??= { hardwareConcurrency: 1 };
  globalThis.importScripts = (script) => {
    globalThis.ModuleFactory = require(String(script));
  };
}

servePeer(async (job) => {
  const { version } = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8'));
  const { files, size, threads } = job;
  copyLoaders();
  pretendToBeAWorker();
  // Its threads need what older versions of Node keep behind a flag.
  setFlagsFromString('--experimental-wasm-relaxed-simd');
  const { loadLiteRt, loadAndCompile, Tensor } = await import(pathToFileURL(require.resolve('@litertjs/core')).href);
  await loadLiteRt(`${wasm}/`, { threads: threads > 1 });
  const model = await loadAndCompile(new Uint8Array(readFileSync(files.tflite)), {
    accelerator: 'wasm',
    cpuOptions: { numThreads: threads },
  });
  const input = await readInput(job);
  const run = async () => {
    const tensor = new Tensor(input, [1, size.height, size.width, 3]);
    const results = await model.run([tensor]);
    const outputs = results.map((result) => result.toTypedArray().slice());
    for (const each of [tensor, ...results]) {
      each.delete();
    }
    return outputs;
  };
  return { library: `@litertjs/core ${version}`, run, outputs: run };
});
