// Writes a model file of ours as a TensorFlow Lite file of the same function, with the writer that the converter is tested
// with; the benchmark needs it:
// `node scripts/run-ts.mjs scripts/write-tflite.ts MODEL.safetensors MODEL.tflite`
import { writeFileSync } from 'node:fs';
import { loadModelFile } from '../lib/models/model-file';
import { tensorValues } from '../lib/models/tensor-values';
import { writeTflite } from '../test/convert/writers/tflite';

async function write(modelFile: string, tfliteFile: string): Promise<void> {
  const model = await loadModelFile(modelFile);
  writeFileSync(tfliteFile, writeTflite(model.description.graph, tensorValues(model)));
}

const [modelFile = '', tfliteFile = ''] = process.argv.slice(2);
write(modelFile, tfliteFile).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
