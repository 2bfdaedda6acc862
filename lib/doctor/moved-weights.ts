import { graphTensors } from '../graph/tensors';
import { encodeModel, type Model, parseModel } from '../models/model-file';
import { tensorValues } from '../models/tensor-values';
import { randomSigns } from '../random-signs';

/** A model with other weights, in float32; biases stay. */
export function withWeights(model: Model, change: (weight: number) => number): Model {
  const needs = graphTensors(model.description.graph);
  const tensors = tensorValues(model);
  for (const [name, { shape, values }] of tensors) {
    if (needs.get(name)?.role === 'weights') {
      tensors.set(name, { shape, values: values.map(change) });
    }
  }
  return parseModel(encodeModel(model.description, tensors, { weights: 'float32' }), model.description.name);
}

/** A model whose every weight is `part` of itself larger or smaller, at random. */
export function moveWeights(model: Model, part: number, seed: number): Model {
  const sign = randomSigns(seed);
  return withWeights(model, (weight) => weight * (1 + sign() * part));
}
