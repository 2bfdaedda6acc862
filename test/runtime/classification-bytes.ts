import { encodeModel } from '../../lib/models/model-file';
import { tinyClassifier, tinyTensors } from '../models/tiny-models';

/** A model file of the smallest classifier. */
export function classificationBytes(): Uint8Array {
  const description = tinyClassifier();
  return encodeModel(description, tinyTensors(description));
}
