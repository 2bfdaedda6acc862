import type { Choice, RunOptions } from '../engine/engine';
import { leastDetectionScore, mostCategories, mostDetections } from './settings';

/** A run that is wanted of every picture. */
export interface RunPlan {
  choice: Choice;
  options: RunOptions[Choice['task']];
  /** Differs where the answers may. */
  key: string;
}

/**
 * What to ask of the engine, so that the sliders act on its answer without another run: more than is shown.
 *
 * @param iouThreshold null for the model's own
 * @param classes how many the model tells apart; 0 where that is not known
 */
export function planRun(choice: Choice, iouThreshold: number | null, classes: number): RunPlan {
  const options = optionsFor(choice, iouThreshold, classes);
  return { choice, options, key: JSON.stringify([choice, options]) };
}

function optionsFor({ task }: Choice, iouThreshold: number | null, classes: number): RunPlan['options'] {
  if (task === 'classify') {
    // More than there are is refused; the default never is.
    return classes > 0 ? { topK: Math.min(mostCategories, classes), scoreThreshold: 0 } : { scoreThreshold: 0 };
  }
  if (task === 'detect') {
    const options = { scoreThreshold: leastDetectionScore, maxResults: mostDetections };
    return iouThreshold === null ? options : { ...options, iouThreshold };
  }
  return { output: 'source' };
}
