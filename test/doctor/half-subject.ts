import { withWeights } from '../../lib/doctor/moved-weights';
import type { Subject } from '../../lib/doctor/subject';
import { decodeFloat16, encodeFloat16 } from '../../lib/models/float16';
import type { Model } from '../../lib/models/model-file';
import { devices } from '../../lib/runtime/devices';

const cpu = devices().find(({ id }) => id === 'cpu') as Subject['device'];

/** The CPU in the place of a GPU, for tests: judged in both precisions, by the CPU. */
export const cpuAsGpu: Subject = {
  device: cpu,
  precisions: ['float16', 'float32'],
  options: { device: 'cpu' },
  judge: { device: 'cpu' },
};

const single = new Float32Array(1);

/** Weights as a GPU in float16 has them. */
export const halfWeights = (model: Model) =>
  withWeights(model, (weight) => {
    single[0] = weight;
    return decodeFloat16(encodeFloat16(single))[0] as number;
  });

/** Every weight, `factor` times itself. */
export const scaledWeights = (factor: number) => (model: Model) => withWeights(model, (weight) => weight * factor);
