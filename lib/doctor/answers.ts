import type { DetectionHead, Head, SegmentationHead } from '../models/description';
import type { NativeFrame } from '../runtime/native';
import type { Session } from '../runtime/session';
import { type ClassMap, classMapOf, compareClassMaps } from './class-maps';
import { largestOf } from './difference';
import { equalPixels } from './limits';

/** Classes that have to be the same. */
const topK = 5;
/** Detections are compared from this score on; those nearer to it than the margin may be on either side of it. */
const scoreThreshold = 0.5;
const scoreMargin = 0.05;
/** Least intersection over union of the boxes of one thing. */
const leastOverlap = 0.9;

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

interface Found {
  index: number;
  score: number;
  box: Box;
}

/** What a model says of a picture. */
export type Answer =
  | { type: 'classification'; indices: number[]; logits: Float32Array }
  | { type: 'detection'; found: Found[] }
  | { type: 'segmentation'; map: ClassMap };

/** Whether two answers are the same, in words. */
export interface AnswerComparison {
  ok: boolean;
  text: string;
}

async function detect(session: Session, head: DetectionHead, frame: NativeFrame, signal?: AbortSignal): Promise<Answer> {
  const { iouThreshold, maxDetections, maxDetectionsPerClass } = head.nonMaxSuppression;
  const limits = { iouThreshold, maxDetections, maxDetectionsPerClass };
  const { indices, scores, boxes } = await session.run(
    frame,
    { type: 'detection', scoreThreshold: scoreThreshold - scoreMargin, ...limits, nonMaxSuppression: 'per-class' },
    signal,
  );
  const found = Array.from(indices ?? [], (index, at): Found => {
    const [x = 0, y = 0, width = 0, height = 0] = boxes?.subarray(4 * at, 4 * at + 4) ?? [];
    return { index, score: scores?.[at] ?? 0, box: { x, y, width, height } };
  });
  return { type: 'detection', found };
}

async function segment(session: Session, head: SegmentationHead, frame: NativeFrame, signal?: AbortSignal): Promise<Answer> {
  const { width, height, region } = frame;
  const request = { output: head.output, alignCorners: head.alignCorners, picture: { width, height, region } };
  return { type: 'segmentation', map: await classMapOf(session, request, frame, frame, signal) };
}

/** Asks for what the head makes of the outputs; nothing of a model without a head. */
export async function answerOf(
  session: Session,
  head: Head | undefined,
  frame: NativeFrame,
  signal?: AbortSignal,
): Promise<Answer | undefined> {
  switch (head?.type) {
    case 'classification': {
      const { output, activation } = head;
      const classes = session.outputs.find(({ name }) => name === output)?.shape.channels ?? 1;
      const request = { type: 'classification', output, activation, scoreThreshold: 0, topK: Math.min(topK, classes) } as const;
      const { indices } = await session.run(frame, request, signal);
      const { outputs } = await session.run(frame, { type: 'outputs', outputs: [output] }, signal);
      return {
        type: 'classification',
        indices: Array.from(indices ?? []),
        logits: outputs?.[output]?.data ?? new Float32Array(),
      };
    }
    case 'detection':
      return detect(session, head, frame, signal);
    case 'segmentation':
      return segment(session, head, frame, signal);
    default:
      return undefined;
  }
}

/** Classes may change places where the limit cannot tell their numbers apart. */
function compareClasses(found: number[], expected: number[], logits: Float32Array, limit: number): AnswerComparison {
  const name = `top ${expected.length}`;
  if (found.join() === expected.join()) {
    return { ok: true, text: `${name} equal` };
  }
  const within = 2 * limit * largestOf(logits);
  const near = expected.every((index, rank) => {
    const other = found[rank] ?? -1;
    return Math.abs((logits[other] ?? Number.NaN) - (logits[index] as number)) <= within;
  });
  return near
    ? { ok: true, text: `${name} equal but for classes nearer than the limit` }
    : { ok: false, text: `${name} are ${found.join(', ')} and should be ${expected.join(', ')}` };
}

function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  const both = Math.max(0, width) * Math.max(0, height);
  return both / (a.width * a.height + b.width * b.height - both);
}

/** Those sure to be over the threshold that have no partner among the others. */
function withoutPartner(these: readonly Found[], those: readonly Found[]): Found[] {
  return these.filter(
    ({ index, score, box }) =>
      score >= scoreThreshold + scoreMargin &&
      !those.some((other) => other.index === index && overlap(box, other.box) >= leastOverlap),
  );
}

function compareDetections(found: readonly Found[], expected: readonly Found[]): AnswerComparison {
  const missing = withoutPartner(expected, found);
  const extra = withoutPartner(found, expected);
  const sure = expected.filter(({ score }) => score >= scoreThreshold).length;
  const text = `${sure} detection${sure === 1 ? '' : 's'}`;
  return missing.length + extra.length === 0
    ? { ok: true, text: `${text} equal` }
    : { ok: false, text: `${missing.length} of ${text} missing, ${extra.length} too many` };
}

/** @param limit of the outputs' differences, as part of the largest */
export function compareAnswers(
  found: Answer | undefined,
  expected: Answer | undefined,
  limit: number,
): AnswerComparison | undefined {
  if (found?.type === 'classification' && expected?.type === 'classification') {
    return compareClasses(found.indices, expected.indices, expected.logits, limit);
  }
  if (found?.type === 'detection' && expected?.type === 'detection') {
    return compareDetections(found.found, expected.found);
  }
  if (found?.type === 'segmentation' && expected?.type === 'segmentation') {
    const equal = 1 - compareClassMaps(found.map, expected.map).different;
    return { ok: equal >= equalPixels, text: `class map ${(100 * equal).toFixed(2)} % equal` };
  }
  return undefined;
}
