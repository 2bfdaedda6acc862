import type { Conv2d, Graph, Operation } from '../graph/types';
import type { Model } from '../models/model-file';
import type { SeededTensor } from '../networks/seeded-weights';
import { caseModel, isWidening, withoutSigns } from './case-model';

/** Names of the parts that |x| = rectified x + rectified -x is made of. */
const part = (name: string, of: string) => `${name} ${of}`;

/** The magnitude of an exact value: the sum of what is above and what is below 0. */
function magnitudeOfWidening(operation: Conv2d): Operation[] {
  const { name, weights, bias, activation: _, ...rest } = operation;
  return [
    { ...rest, name: part(name, 'above'), weights, bias, activation: 'relu' },
    {
      ...rest,
      name: part(name, 'below'),
      weights: part(weights, 'turned'),
      bias: part(bias as string, 'turned'),
      activation: 'relu',
    },
    { type: 'add', name, inputs: [part(name, 'above'), part(name, 'below')], activation: 'none' },
  ];
}

function withoutActivation(operation: Operation): Operation[] {
  switch (operation.type) {
    case 'conv2d':
      return isWidening(operation) ? magnitudeOfWidening(operation) : [{ ...operation, activation: 'none' }];
    case 'depthwiseConv2d':
    case 'add':
      return [{ ...operation, activation: 'none' }];
    case 'relu6':
      return [{ ...operation, type: 'relu' }];
    default:
      return [operation];
  }
}

/**
 * A model that computes what another's operations would if nothing in them cancelled: M in limits.ts. For graphs without softmax and
 * sigmoid.
 */
export function magnitudeModel(graph: Graph, tensors: ReadonlyMap<string, SeededTensor>): Model {
  const signless = withoutSigns(tensors);
  for (const operation of graph.operations.filter(isWidening)) {
    const { weights, bias } = operation as Conv2d;
    for (const name of [weights, bias as string]) {
      const { shape, values } = tensors.get(name) as SeededTensor; // caseTensors made it
      signless.set(name, { shape, values }).set(part(name, 'turned'), { shape, values: values.map((value) => -value) });
    }
  }
  return caseModel({ ...graph, operations: graph.operations.flatMap(withoutActivation) }, signless);
}
