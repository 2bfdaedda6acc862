import type { ClassifyResult } from './classifier';
import type { DetectResult } from './detector';
import type { EmbedResult } from './embedder';
import type { SegmentResult } from './segmenter';

// What of a result goes into a line of JSON: all of it that is neither pixels nor about the run.

export const classifyFields = ({ categories }: ClassifyResult) => ({ categories });

export const detectFields = ({ detections }: DetectResult) => ({ detections });

export const segmentFields = ({ legend }: SegmentResult) => ({ legend });

export const embedFields = ({ embedding, shape, layer }: EmbedResult) => ({
  embedding: Array.from(embedding, shortened),
  shape,
  layer,
});

/** The number in as few digits as always give the same float32 back. */
function shortened(number: number): number {
  return Number(number.toPrecision(9));
}
