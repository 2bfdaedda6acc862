import { inSlices } from '../../images/slices';

/** Names sorted, and names put in their place, between two looks at the clock. */
const runLength = 1024;

/**
 * Sorts names by their UTF-16 code units, which is the same order on every machine whatever its language, in slices of a few
 * milliseconds: folders of millions of files exist. On abort it rejects with the signal's reason.
 */
export async function sortNames(names: string[], signal?: AbortSignal): Promise<string[]> {
  if (names.length <= runLength) {
    return names.sort();
  }
  let from = names;
  let to = new Array<string>(names.length);
  function* mergeSort() {
    for (let start = 0; start < from.length; start += runLength) {
      const run = from.slice(start, start + runLength).sort();
      run.forEach((name, place) => {
        from[start + place] = name;
      });
      yield;
    }
    for (let width = runLength; width < from.length; width *= 2) {
      for (let start = 0; start < from.length; start += 2 * width) {
        yield* merge(from, to, start, width);
      }
      [from, to] = [to, from];
    }
  }
  await inSlices(mergeSort(), signal);
  return from;
}

/** Merges two sorted runs of `width` names, the second of which may be shorter, or missing. */
function* merge(from: string[], to: string[], start: number, width: number): Generator<void> {
  const middle = Math.min(start + width, from.length);
  const end = Math.min(start + 2 * width, from.length);
  let left = start;
  let right = middle;
  for (let place = start; place < end; place++) {
    const takesLeft = right >= end || (left < middle && (from[left] as string) <= (from[right] as string));
    to[place] = from[takesLeft ? left++ : right++] as string;
    if (place % runLength === 0) {
      yield;
    }
  }
}
