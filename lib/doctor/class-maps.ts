import type { NativeFrame, NativeSegmentationRequest } from '../runtime/native';
import type { Session } from '../runtime/session';

// Taken out of the loop over pixels: globals are slow inside Jest.
const { abs } = Math;

/** A class map with what else comes with it. */
export interface ClassMap {
  classMap: Uint8Array;
  confidence: Uint8Array;
  pixelCounts: Float64Array;
}

/** How class maps differ. */
export interface ClassMapDifference {
  /** Part of the pixels, from 0 to 1, that have another class. */
  different: number;
  /** What is wrong with confidences or counts, in words. */
  fault?: string;
}

/** Confidences are 255 times a probability, rounded to a whole number: what is near the middle of two can become either. */
const confidenceTolerance = 1;

/** Asks a session for a map. */
export async function classMapOf(
  session: Session,
  request: Omit<NativeSegmentationRequest, 'type' | 'classMap' | 'confidence'>,
  frame: NativeFrame,
  size: { width: number; height: number },
  signal?: AbortSignal,
): Promise<ClassMap> {
  const classMap = new Uint8Array(size.width * size.height);
  const confidence = new Uint8Array(classMap.length);
  const { pixelCounts = new Float64Array() } = await session.run(
    frame,
    { type: 'segmentation', ...request, classMap, confidence },
    signal,
  );
  return { classMap, confidence, pixelCounts };
}

/** What is wrong with confidences or counts. */
function faultOf(found: ClassMap, expected: ClassMap, differentPixels: number): string | undefined {
  for (let at = 0; at < found.classMap.length; at++) {
    const [sure, expectedSure] = [found.confidence[at] as number, expected.confidence[at] as number];
    if (found.classMap[at] === expected.classMap[at] && abs(sure - expectedSure) > confidenceTolerance) {
      return `the confidence of pixel ${at} is ${sure} and should be ${expectedSure}`;
    }
  }
  // Every pixel of another class is missing in one count and too many in another.
  const miscounted = expected.pixelCounts.reduce((sum, count, index) => sum + abs(count - (found.pixelCounts[index] ?? 0)), 0);
  return miscounted > 2 * differentPixels ? `the counts of pixels are off by ${miscounted} in all` : undefined;
}

export function compareClassMaps(found: ClassMap, expected: ClassMap): ClassMapDifference {
  const differentPixels = found.classMap.reduce((count, label, at) => count + (label === expected.classMap[at] ? 0 : 1), 0);
  const fault = faultOf(found, expected, differentPixels);
  return { different: differentPixels / found.classMap.length, ...(fault === undefined ? {} : { fault }) };
}
