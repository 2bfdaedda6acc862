import path from 'node:path';
import { checkModel } from '../../lib/doctor/check-model';
import { subjectOf } from '../../lib/doctor/subject';
import type { Graph } from '../../lib/graph/types';
import type { Head, ModelDescription, Task } from '../../lib/models/description';
import { encodeModel, loadModelFile, type Model, parseModel } from '../../lib/models/model-file';
import { deeplabV3 } from '../../lib/networks/deeplab-v3';
import { mobilenetV1 } from '../../lib/networks/mobilenet-v1';
import { mobilenetV2 } from '../../lib/networks/mobilenet-v2';
import { seededWeights } from '../../lib/networks/seeded-weights';
import { cpuAsGpu, halfWeights } from '../doctor/half-subject';
import { describeMetal, metalDevice } from '../runtime/metal-device';

/** A network with random weights, which magnify rounding more than trained ones do. */
function seeded(graph: Graph, task: Task, head?: Head): Model {
  const { width, height } = graph.input;
  const scale: [number, number, number] = [2 / 255, 2 / 255, 2 / 255];
  const description: ModelDescription = {
    formatVersion: 1,
    name: 'seeded',
    task,
    license: 'Apache-2.0',
    source: 'seeded weights',
    graph,
    preprocessing: {
      width,
      height,
      resize: 'stretch',
      alignCorners: false,
      halfPixelCenters: false,
      scale,
      offset: [-1, -1, -1],
    },
    ...(head ? { head } : {}),
  };
  return parseModel(encodeModel(description, seededWeights(graph, 1), { weights: 'float32' }), 'seeded');
}

const classification = { type: 'classification', output: 'logits', activation: 'softmax' } as const;
const bundled = (name: string) => loadModelFile(path.join(__dirname, '../../models', `${name}.safetensors`));

const networks: [string, () => Promise<Model> | Model][] = [
  ['MobileNet V1 1.0 192', () => seeded(mobilenetV1({ size: 192 }), 'classify', classification)],
  ['MobileNet V2 1.4 96', () => seeded(mobilenetV2({ depthMultiplier: 1.4, size: 96 }), 'classify', classification)],
  ['SSDLite, bundled', () => bundled('ssdlite-mobilenet-v2-coco')],
  ['DeepLabv3, bundled', () => bundled('deeplab-v3-mobilenet-v2-pascal')],
  [
    'DeepLabv3+ 97 x 129',
    () =>
      seeded(deeplabV3({ size: { height: 97, width: 129 }, outputStride: 16, atrousRates: [6, 12, 18], decoder: true }), 'embed'),
  ],
];

// Outputs within the limits of lib/doctor/limits.ts, the same five best classes, the same detections, class maps equal on 99.5 % of the pixels.
describeMetal('networks on a GPU agree with the CPU in float16 and float32', () => {
  test.each(networks)(
    '%s',
    async (_, make) => {
      for (const { pictures, failure } of await checkModel(await make(), subjectOf(metalDevice ?? cpuAsGpu.device))) {
        expect(failure).toBeUndefined();
        expect(pictures.filter(({ ok }) => !ok)).toEqual([]);
      }
    },
    600_000,
  );
});

describe('random weights in half precision are within the limits of float16', () => {
  test.each(networks.filter(([name]) => !name.endsWith('bundled')))('%s', async (_, make) => {
    const subject = { ...cpuAsGpu, precisions: ['float16'] as const };
    const [result] = await checkModel(await make(), subject, { tamper: halfWeights });
    expect(result?.pictures.filter(({ ok }) => !ok)).toEqual([]);
  });
});
