import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { dependency, library, root } from './library.mjs';
import { writeNativeModel } from './native-model.mjs';
import { makeNetwork } from './networks.mjs';
import { writeOnnx } from './onnx-model.mjs';

const folder = path.join(root, 'bench', 'models');
const photo = path.join(root, 'photos', 'chelsea.png');

/** A photo in the network's size, RGB8. */
function photoOfSize({ width, height }) {
  return dependency('sharp')(photo).resize(width, height, { fit: 'fill', kernel: 'linear' }).removeAlpha().raw().toBuffer();
}

/** What the other libraries get: pixels scaled beforehand, float32, channels of a pixel together. */
function scaled(pixels, { scale, offset }) {
  return Float32Array.from(pixels, (value, index) => Math.fround(value * scale[index % 3]) + offset[index % 3]);
}

function writeTflite(modelFile, tfliteFile) {
  const scripts = ['run-ts.mjs', 'write-tflite.ts'].map((script) => path.join(root, 'scripts', script));
  execFileSync(process.execPath, [...scripts, modelFile, tfliteFile], { stdio: 'inherit' });
}

/**
 * Writes one network, the same weights for every library, and the photo in its size. What an earlier run wrote is kept.
 * @returns what the peers need to load them (`files` by what they hold), the input's size and the number of multiply-accumulates
 */
export async function makeModels(name) {
  const { description, peerDescription, tensors, macs } = await makeNetwork(name);
  const place = (ending) => path.join(folder, `${name}.${ending}`);
  const files = {
    model: place('safetensors'),
    peerModel: place('peers.safetensors'),
    onnx: place('onnx'),
    tflite: place('tflite'),
    graph: place('graph.txt'),
    weights: place('weights.bin'),
    pixels: place('rgb'),
    input: place('input.bin'),
  };
  if (!Object.values(files).every(existsSync)) {
    await mkdir(folder, { recursive: true });
    const { encodeModel } = library('models/model-file');
    const values = new Map([...tensors].map(([tensor, { values: numbers }]) => [tensor, numbers]));
    const native = writeNativeModel(peerDescription.graph, values);
    const pixels = await photoOfSize(description.preprocessing);
    const input = scaled(pixels, description.preprocessing);
    await writeFile(files.model, encodeModel(description, tensors, { weights: 'mixed' }));
    await writeFile(files.peerModel, encodeModel(peerDescription, tensors, { weights: 'mixed' }));
    await writeFile(files.onnx, await writeOnnx(peerDescription.graph, values));
    await writeFile(files.graph, native.text);
    await writeFile(files.weights, native.weights);
    await writeFile(files.pixels, pixels);
    await writeFile(files.input, new Uint8Array(input.buffer));
    writeTflite(files.peerModel, files.tflite);
  }
  const outputs = peerDescription.graph.outputs.map((output) => output.name);
  const { width, height } = description.preprocessing;
  return { name, task: description.task, files, outputs, size: { width, height }, macs };
}
