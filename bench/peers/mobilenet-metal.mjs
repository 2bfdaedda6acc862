// Ours, through the package's own API, from RGB8 pixels of the network's size to what its users get: the scaling of the pixels, the way to the
// session's thread and back and the head are part of what is timed.
import { readFile } from 'node:fs/promises';
import { library } from '../lib/library.mjs';
import { servePeer } from '../lib/serve-peer.mjs';

const { Detector, Network, Segmenter } = library('index');
const { Session } = library('runtime/session');

/** Loaders by what the model is for, and what runs a picture. Of classifiers the logits are taken, as of the other libraries. */
const tasks = {
  classify: (file, options) => Network.load(file, options).then((network) => (picture) => network.run(picture)),
  detect: (file, options) => Detector.load(file, options).then((detector) => (picture) => detector.detect(picture)),
  segment: (file, options) => Segmenter.load(file, options).then((segmenter) => (picture) => segmenter.segment(picture)),
};

/** Has every session that is made use these kernels, which the API offers no option for; tells `made` what a session says of itself. */
function forceInstructionSet(instructionSet, made) {
  const create = Session.create.bind(Session);
  Session.create = async (model, options) => {
    const session = await create(model, { ...options, instructionSet });
    made(session.details);
    return session;
  };
}

/** The outputs the other libraries compute, by the same kernels. */
async function outputsOf({ files, outputs }, picture, options) {
  const network = await Network.load(files.peerModel, options);
  const result = await network.run(picture);
  await network.dispose();
  return outputs.map((name) => result.outputs[name].data);
}

servePeer(async (job) => {
  const { task, files, size, threads, instructionSet = 'auto', pictures = 1 } = job;
  let details;
  forceInstructionSet(instructionSet, (said) => {
    details = said;
  });
  const options = { device: 'cpu', threads, framesInFlight: Math.max(3, pictures) };
  const answer = await tasks[task](files.model, options);
  const picture = { data: await readFile(files.pixels), width: size.width, height: size.height, channels: 3 };
  return {
    library: `mobilenet-metal, ${details}`,
    run: () => Promise.all(Array.from({ length: pictures }, () => answer(picture))),
    outputs: () => outputsOf(job, picture, options),
  };
});
