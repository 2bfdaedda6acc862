import type { Size } from './geometry';

/**
 * A class map as runs of equal classes, row after row without a break at the rows' ends. Maps of photos have few runs, so that those of many
 * large photos can be kept: one of 24 megapixels takes some tens of kilobytes.
 */
export interface ClassRuns extends Size {
  /** Index of the first pixel behind each run. */
  ends: Uint32Array;
  /** Class of each run. */
  classes: Uint8Array;
}

/**
 * @param map one class per pixel, rows from the top
 * @param mapWidth pixels of one row of `map`
 * @param content the top left part of `map` that shows the picture
 */
export function toRuns(map: Uint8Array, mapWidth: number, content: Size): ClassRuns {
  const { width, height } = content;
  let room = 1024;
  let ends = new Uint32Array(room);
  let classes = new Uint8Array(room);
  let count = 0;
  let last = -1;
  for (let row = 0; row < height; row++) {
    const start = row * mapWidth;
    for (let column = 0; column < width; column++) {
      const index = map[start + column] as number;
      if (index === last) {
        continue;
      }
      if (count === room) {
        room *= 2;
        ends = grown(ends, new Uint32Array(room));
        classes = grown(classes, new Uint8Array(room));
      }
      if (count > 0) {
        ends[count - 1] = row * width + column;
      }
      classes[count++] = index;
      last = index;
    }
  }
  if (count > 0) {
    ends[count - 1] = width * height;
  }
  return { width, height, ends: ends.slice(0, count), classes: classes.slice(0, count) };
}

/** The class at a pixel. */
export function classAt(runs: ClassRuns, x: number, y: number): number {
  return runs.classes[findRun(runs, y * runs.width + x)] as number;
}

/** The map at another size: each pixel takes the class in its middle. */
export function sampleRuns(runs: ClassRuns, to: Size): Uint8Array {
  const map = new Uint8Array(to.width * to.height);
  const columns = Uint32Array.from({ length: to.width }, (_, x) => Math.floor(((x + 0.5) * runs.width) / to.width));
  for (let y = 0; y < to.height; y++) {
    const start = Math.floor(((y + 0.5) * runs.height) / to.height) * runs.width;
    let run = findRun(runs, start);
    for (let x = 0; x < to.width; x++) {
      const pixel = start + (columns[x] as number);
      while ((runs.ends[run] as number) <= pixel) {
        run++;
      }
      map[y * to.width + x] = runs.classes[run] as number;
    }
  }
  return map;
}

/** Some rows of the map at its own size, `to` not included. */
export function rowsOf(runs: ClassRuns, from: number, to: number): Uint8Array {
  const first = from * runs.width;
  const map = new Uint8Array((to - from) * runs.width);
  let pixel = 0;
  for (let run = findRun(runs, first); pixel < map.length; run++) {
    const end = Math.min((runs.ends[run] as number) - first, map.length);
    map.fill(runs.classes[run] as number, pixel, end);
    pixel = end;
  }
  return map;
}

/** Index of the run that holds a pixel. */
function findRun({ ends }: ClassRuns, pixel: number): number {
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle] as number) <= pixel) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

function grown<Values extends Uint32Array | Uint8Array>(from: Values, to: Values): Values {
  to.set(from);
  return to;
}
