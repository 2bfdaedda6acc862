import { CAT_PHOTO } from '../../cat-photo';
import type { Model } from '../../models/model-file';
import { type Category, Classifier } from '../../tasks/classifier';
import { Detector } from '../../tasks/detector';
import { Embedder } from '../../tasks/embedder';
import { Segmenter } from '../../tasks/segmenter';

/** What a model says of the photo, for people to judge whether it makes sense: the photo shows a cat. */
export type CheckAnswer =
  | { task: 'classify'; index: number; label: string; score: number }
  /** Boxes of a score above 0.5, best first. */
  | { task: 'detect'; boxes: { label: string; score: number }[] }
  /** The classes of most pixels first; `share` of the pixels, from 0 to 1. */
  | { task: 'segment'; classes: { label: string; share: number }[] }
  /** Numbers in the vector. */
  | { task: 'embed'; length: number };

const options = { device: 'cpu', precision: 'float32', framesInFlight: 1 } as const;

/** Frees the task once its answer is there. */
async function askAndDispose<Task extends { dispose(): Promise<void> }>(
  loading: Promise<Task>,
  ask: (task: Task) => Promise<CheckAnswer>,
): Promise<CheckAnswer> {
  const task = await loading;
  try {
    return await ask(task);
  } finally {
    await task.dispose();
  }
}

function classify(file: Uint8Array, signal?: AbortSignal): Promise<CheckAnswer> {
  return askAndDispose(Classifier.load(file, { ...options, signal }), async (classifier) => {
    const { categories } = await classifier.classify(CAT_PHOTO, { topK: 1, signal });
    const { index, label, score } = categories[0] as Category; // no score is below the threshold of 0
    return { task: 'classify', index, label, score };
  });
}

function detect(file: Uint8Array, signal?: AbortSignal): Promise<CheckAnswer> {
  return askAndDispose(Detector.load(file, { ...options, signal }), async (detector) => {
    const { detections } = await detector.detect(CAT_PHOTO, { signal });
    return { task: 'detect', boxes: detections.map(({ label, score }) => ({ label, score })) };
  });
}

function segment(file: Uint8Array, signal?: AbortSignal): Promise<CheckAnswer> {
  return askAndDispose(Segmenter.load(file, { ...options, signal }), async (segmenter) => {
    const { legend } = await segmenter.segment(CAT_PHOTO, { signal });
    const seen = legend.reduce((sum, { pixels }) => sum + pixels, 0);
    return { task: 'segment', classes: legend.map(({ label, pixels }) => ({ label, share: pixels / seen })) };
  });
}

function embed(file: Uint8Array, signal?: AbortSignal): Promise<CheckAnswer> {
  return askAndDispose(Embedder.load(file, { ...options, signal }), async (embedder) => {
    const { embedding } = await embedder.embed(CAT_PHOTO, { signal });
    return { task: 'embed', length: embedding.length };
  });
}

/** Runs a model's task on the photo, with the model's own way of bringing it to size. */
export function askModel(file: Uint8Array, task: Model['description']['task'], signal?: AbortSignal): Promise<CheckAnswer> {
  return { classify, detect, segment, embed }[task](file, signal);
}
