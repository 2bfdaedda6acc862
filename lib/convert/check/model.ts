import { MobileNetError } from '../../errors';
import type { Model, TensorValues } from '../../models/model-file';
import { randomSigns } from '../../random-signs';
import type { NativeFrame, NativeTensor } from '../../runtime/native';
import { rawOutputs, withSession } from '../../runtime/with-session';
import type { Pixels } from './photo';

/** Raw outputs by name. */
export type ModelOutputs = Record<string, NativeTensor>;

/**
 * Runs a model on pixels of just its network's size, so that none is sampled. Pictures of another size, which a source's own resize begins
 * with, are brought to size as the description says. Always on the CPU, so that a check comes out alike everywhere.
 *
 * @throws {MobileNetError} `ERR_CONVERSION_CHECK` for outputs that are not finite
 */
export async function runModel(
  { description, ...rest }: Model,
  { data, width, height }: Pixels,
  signal?: AbortSignal,
): Promise<ModelOutputs> {
  const { preprocessing } = description;
  const unsampled = width === preprocessing.width && height === preprocessing.height;
  const direct = unsampled ? { ...preprocessing, resize: 'stretch' as const } : preprocessing;
  const frame: NativeFrame = { pixels: data, width, height, region: { x: 0, y: 0, width, height }, rotation: 0 };
  const outputs = await withSession(
    { ...rest, description: { ...description, preprocessing: direct } },
    { device: 'cpu', precision: 'float32', framesInFlight: 1 },
    (session) => rawOutputs(session, frame, signal),
  );
  for (const [name, { data: numbers }] of Object.entries(outputs)) {
    const at = numbers.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) {
      throw new MobileNetError(
        'ERR_CONVERSION_CHECK',
        `expected finite numbers from the converted model for a photo but number ${at} of its output '${name}' is ${numbers[at]}`,
      );
    }
  }
  return outputs;
}

/** The tensors with every number moved to the float32 above or below it: what another order of rounding might have made of them. */
export function moveLastPlaces(tensors: ReadonlyMap<string, TensorValues>): Map<string, TensorValues> {
  const sign = randomSigns(1);
  return new Map(
    Array.from(tensors, ([name, { shape, values }]) => [
      name,
      { shape, values: values.map((value) => value * (1 + sign() * 2 ** -23)) },
    ]),
  );
}
