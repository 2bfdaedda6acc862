// Ours, from RGB8 pixels of the network's size to the answer of its head: the scaling of the pixels, the way to the session's thread and back
// and the head are part of what is timed.
import { readFile } from 'node:fs/promises';
import { library } from '../lib/library.mjs';
import { servePeer } from '../lib/serve-peer.mjs';

const { loadModelFile } = library('models/model-file');
const { Session } = library('runtime/session');

/** What is asked of the network: as the tasks of lib/ ask by default, but logits of a classifier. */
function requestOf({ task, head, graph }, { width, height }) {
  switch (task) {
    case 'detect':
      return { type: 'detection', nonMaxSuppression: 'per-class', ...suppression(head) };
    case 'segment':
      return {
        type: 'segmentation',
        output: head.output,
        alignCorners: head.alignCorners,
        classMap: new Uint8Array(width * height),
      };
    default:
      return { type: 'outputs', outputs: graph.outputs.map(({ name }) => name) };
  }
}

function suppression({ nonMaxSuppression: { scoreThreshold, iouThreshold, maxDetections, maxDetectionsPerClass } }) {
  return { scoreThreshold, iouThreshold, maxDetections, maxDetectionsPerClass };
}

/** The outputs the other libraries compute, by the same kernels. */
async function outputsOf({ files, outputs }, frame, options) {
  const session = await Session.create(await loadModelFile(files.peerModel), options);
  const result = await session.run(frame, { type: 'outputs', outputs });
  await session.dispose();
  return outputs.map((name) => result.outputs[name].data);
}

servePeer(async (job) => {
  const { files, size, threads, instructionSet = 'auto', pictures = 1 } = job;
  const model = await loadModelFile(files.model);
  const options = { device: 'cpu', threads, instructionSet, framesInFlight: Math.max(3, pictures) };
  const session = await Session.create(model, options);
  const frame = {
    pixels: await readFile(files.pixels),
    width: size.width,
    height: size.height,
    region: { x: 0, y: 0, width: size.width, height: size.height },
    rotation: 0,
  };
  const request = requestOf(model.description, size);
  const one = () => session.run(frame, request);
  return {
    library: `mobilenet-metal, ${session.details}`,
    run: pictures === 1 ? one : () => Promise.all(Array.from({ length: pictures }, one)),
    outputs: () => outputsOf(job, frame, options),
  };
});
