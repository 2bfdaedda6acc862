// Who takes part: for each library how a network is loaded with it, and with how many threads.
import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { buildNative } from './build-native.mjs';
import { root } from './library.mjs';
import { instructionSets } from './machine.mjs';

const ours = 'mobilenet-metal';

/** A peer in JavaScript, which needs a package of bench/node_modules unless it is ours. */
function script(name, job, needs) {
  if (needs && !existsSync(path.join(root, 'bench', 'node_modules', needs))) {
    throw new Error(`${needs} is not installed; \`npm ci --prefix bench\` does that`);
  }
  return [process.execPath, path.join(root, 'bench', 'peers', `${name}.mjs`), JSON.stringify(job)];
}

/** Those our kernels are written for, the widest first. */
const vectorInstructionSets = () => instructionSets().filter((name) => name !== 'portable');

/** Compiled at most once in a run. */
const programs = new Map();

function program(name) {
  if (!programs.has(name)) {
    programs.set(name, buildNative(name));
  }
  return programs.get(name);
}

const instructionSetNames = { avx512: 'AVX-512', avx2: 'AVX2', neon: 'NEON' };

/** @returns rows of the table, each with the command that starts it for a number of threads */
const libraries = {
  [ours]: (models) => {
    const [widest, ...narrower] = vectorInstructionSets();
    const row = (label, more, rest) => ({
      label,
      peak: `fma-${widest}`,
      command: (threads) => script(ours, { ...models, threads, ...more }),
      ...rest,
    });
    return [
      row(ours, {}, { ours: true }),
      ...narrower.map((name) =>
        row(`${ours}, ${instructionSetNames[name]} only`, { instructionSet: name }, { peak: `fma-${name}`, variant: true }),
      ),
      row(`${ours}, 8 pictures at once`, { pictures: 8 }, { pictures: 8, variant: true }),
    ];
  },
  xnnpack: ({ files }) => [
    {
      label: 'XNNPACK (C++)',
      command: (threads) => [program('xnnpack'), files.graph, files.weights, files.input, String(threads)],
    },
  ],
  'onnxruntime-node': (models) => [
    { label: 'onnxruntime-node', command: (threads) => script('onnxruntime-node', { ...models, threads }, 'onnxruntime-node') },
  ],
  'litert-wasm': (models) => [
    { label: 'LiteRT (WebAssembly)', command: (threads) => script('litert-wasm', { ...models, threads }, '@litertjs/core') },
  ],
  'tfjs-wasm': (models) => [
    {
      label: 'TensorFlow.js (WebAssembly)',
      command(threads) {
        if (threads > 1) {
          throw new Error('it has no threads in Node');
        }
        return script('tfjs-wasm', models, '@tensorflow/tfjs-backend-wasm');
      },
    },
  ],
  fma: ({ macs }) =>
    vectorInstructionSets().map((name, index) => ({
      id: `fma-${name}`,
      label: `FMA in registers, ${instructionSetNames[name]}`,
      limit: true,
      variant: index > 0,
      command: (threads) => [program(`fma-${name}`), String(macs), String(threads)],
    })),
};

export const libraryNames = Object.keys(libraries);

/**
 * @param {object} models of one network, as makeModels returns them
 * @param {string[]} names of `libraryNames`
 * @returns {object[]} rows: `id`, `label`, `command(threads)`, which throws where the library cannot take part, `pictures` of one call, `peak`
 *   (the row of the bound that it is measured by), `limit` (is such a bound), `ours`, `variant` (not in the chart)
 */
export function contenders(models, names) {
  const widest = `fma-${vectorInstructionSets()[0]}`;
  return names
    .flatMap((name) => libraries[name](models))
    .map((row) => ({ id: row.label, peak: widest, pictures: 1, limit: false, ours: false, variant: false, ...row }));
}
