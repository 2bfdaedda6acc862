import ort from 'onnxruntime-node';
import { readInput, toPlanes } from '../lib/input.mjs';
import { servePeer } from '../lib/serve-peer.mjs';

servePeer(async (job) => {
  const { files, outputs, size, threads } = job;
  const session = await ort.InferenceSession.create(files.onnx, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
  });
  const [inputName] = session.inputNames;
  const input = new ort.Tensor('float32', toPlanes(await readInput(job)), [1, 3, size.height, size.width]);
  const run = () => session.run({ [inputName]: input });
  return {
    library: `onnxruntime-node ${ort.env.versions.node}`,
    run,
    async outputs() {
      const results = await run();
      return outputs.map((name) => results[name].data);
    },
  };
});
