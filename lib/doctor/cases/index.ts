import type { Case } from './case';
import { classMapCases, samplingCases } from './pictures';
import { addCases, concatCases, resizeCases, scoreCases, severalOutputsCases, unfusedCases } from './values';
import { averagePoolCases, convolutionCases, depthwiseCases, globalAveragePoolCases } from './windows';

export type { Case, CaseKind } from './case';

/** Every operation in the shapes that networks have it in, and some that they do not; some hundreds of small networks. */
export function operationCases(): Case[] {
  return [
    ...convolutionCases(),
    ...depthwiseCases(),
    ...addCases(),
    ...averagePoolCases(),
    ...globalAveragePoolCases(),
    ...concatCases(),
    ...resizeCases(),
    ...scoreCases(),
    ...unfusedCases(),
    ...severalOutputsCases(),
    ...samplingCases(),
    ...classMapCases(),
  ];
}
