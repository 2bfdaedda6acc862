import type { ClassifyResult, DetectResult, SegmentResult } from '../../../lib';
import { type ClassRuns, toRuns } from '../drawing/class-runs';
import type { PageTask, RunResult } from '../engine/engine';

/** A segmentation as it is kept: its class map as runs, which take little memory. */
export type KeptSegmentation = Omit<SegmentResult, 'classMap' | 'masks' | 'confidence'> & { runs: ClassRuns };

/** A result, and what of. */
export type ShownResult =
  | ({ task: 'classify' } & ClassifyResult)
  | ({ task: 'detect' } & DetectResult)
  | ({ task: 'segment' } & KeptSegmentation);

/** What the page keeps of an engine's answer. */
export function keepResult(task: PageTask, result: RunResult): ShownResult {
  if (task === 'classify') {
    return { ...(result as ClassifyResult), task };
  }
  if (task === 'detect') {
    return { ...(result as DetectResult), task };
  }
  const { classMap, masks: _masks, confidence: _confidence, ...rest } = result as SegmentResult;
  const content = rest.content ?? { width: rest.mapWidth, height: rest.mapHeight };
  return { ...rest, task, runs: toRuns(classMap, rest.mapWidth, content) };
}

/** What narrows a result down without a run. */
export interface Narrowing {
  /** Least score, 0 to 1. */
  scoreThreshold: number;
  /** Categories at most. */
  topK: number;
  /** Detections at most. */
  maxResults: number;
}

/**
 * The result that a run with these limits would have given. Its categories and detections come best first, and those below a threshold have no
 * part in the suppression of better ones, so that leaving them out afterwards is the same.
 */
export function narrow(result: ShownResult, { scoreThreshold, topK, maxResults }: Narrowing): ShownResult {
  if (result.task === 'classify') {
    return { ...result, categories: result.categories.filter(({ score }) => score >= scoreThreshold).slice(0, topK) };
  }
  if (result.task === 'detect') {
    return { ...result, detections: result.detections.filter(({ score }) => score >= scoreThreshold).slice(0, maxResults) };
  }
  return result;
}

/** The result as the API gives it; a segmentation without its class map. */
export function asApiResult(result: ShownResult): object {
  if (result.task === 'segment') {
    const { task: _task, runs: _runs, ...rest } = result;
    return rest;
  }
  const { task: _task, ...rest } = result;
  return rest;
}
