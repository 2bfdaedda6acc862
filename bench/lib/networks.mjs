// The networks that are compared, each with the weights, the head and the picture it is measured on.
import path from 'node:path';
import { library, root } from './library.mjs';

const seed = 1;

/** Pictures come in the network's own size, so that nothing is cropped or resized: what is left is the scaling to [-1, 1]. */
function preprocessing({ height, width }) {
  return {
    width,
    height,
    resize: 'stretch',
    alignCorners: false,
    halfPixelCenters: false,
    scale: [2 / 255, 2 / 255, 2 / 255],
    offset: [-1, -1, -1],
  };
}

/** How fast a classifier is does not depend on its weights: random ones will do. */
function classifier(graph) {
  return {
    graph,
    tensors: library('networks/seeded-weights').seededWeights(graph, seed),
    task: 'classify',
    source: `random weights of seed ${seed}`,
    head: { type: 'classification', output: graph.outputs[0].name, activation: 'softmax' },
  };
}

/** What boxes and class maps cost depends on what is seen: the weights, and the head, of a bundled model. */
async function bundled(model, graph) {
  const { loadModelFile } = library('models/model-file');
  const loaded = await loadModelFile(path.join(root, 'models', `${model}.safetensors`));
  const { task, source, head } = loaded.description;
  return {
    graph: graph ?? loaded.description.graph,
    tensors: library('models/tensor-values').tensorValues(loaded),
    task,
    source,
    head,
  };
}

/** The graph whose outputs are the logits of every pixel, as DeepLab's users get them from other libraries. */
function withResizedLogits(graph) {
  const [{ name, value }] = graph.outputs;
  const { height, width } = graph.input;
  const resize = {
    type: 'resizeBilinear',
    name: `${value}/resized`,
    input: value,
    size: { height, width },
    alignCorners: true,
    halfPixelCenters: false,
  };
  return { ...graph, operations: [...graph.operations, resize], outputs: [{ name, value: resize.name }] };
}

/**
 * `make` returns graph, tensors, task, source, head and, where it is another, the graph the other libraries compute. Those `ofJobs` are measured in
 * batch jobs only.
 */
const networks = {
  'mobilenet-v2-1.0-224': {
    title: 'MobileNet V2 1.0 224, logits',
    make: () => classifier(library('networks/mobilenet-v2').mobilenetV2()),
  },
  'mobilenet-v1-0.25-224': {
    title: 'MobileNet V1 0.25 224, as bundled',
    ofJobs: true,
    make: () => bundled('mobilenet-v1-0.25-224'),
  },
  'mobilenet-v1-1.0-224': {
    title: 'MobileNet V1 1.0 224, logits',
    make: () => classifier(library('networks/mobilenet-v1').mobilenetV1()),
  },
  'ssdlite-mobilenet-v2-300': {
    title: 'SSDLite MobileNet V2 300, ours to boxes, the others to raw heads',
    make: () => bundled('ssdlite-mobilenet-v2-coco'),
  },
  'deeplab-v3-mobilenet-v2-513': {
    title: 'DeepLabv3 MobileNet V2 513, output stride 16, ours to the class map, the others to the logits of every pixel',
    async make() {
      const graph = library('networks/deeplab-v3').deeplabV3({ outputStride: 16 });
      const network = await bundled('deeplab-v3-mobilenet-v2-pascal', graph);
      return { ...network, peerGraph: withResizedLogits(graph) };
    },
  },
};

export const networkNames = Object.keys(networks).filter((name) => !networks[name].ofJobs);

export const titleOf = (name) => networks[name].title;

/** The weights as bundled models store them, the larger tensors in float16: every library gets the very same numbers. */
function asPublished(description, tensors) {
  const { encodeModel, parseModel } = library('models/model-file');
  return library('models/tensor-values').tensorValues(
    parseModel(encodeModel(description, tensors, { weights: 'mixed' }), description.name),
  );
}

/**
 * Makes one network.
 * @returns `description` and `tensors` as encodeModel takes them; `peerDescription`, of the graph that the other libraries compute;
 *   `macs`, the multiplications and additions of that description's convolutions
 */
export async function makeNetwork(name) {
  const { graph, peerGraph = graph, tensors, task, source, head } = await networks[name].make();
  const common = { formatVersion: 1, name, task, license: 'Apache-2.0', source, preprocessing: preprocessing(graph.input) };
  const description = { ...common, graph, head };
  return {
    tensors: asPublished(description, tensors),
    description,
    peerDescription: { ...common, graph: peerGraph, head },
    macs: library('graph/statistics').graphStatistics(graph).macs,
  };
}
