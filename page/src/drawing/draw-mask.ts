import type { ClassRuns } from './class-runs';
import { rowsOf, sampleRuns } from './class-runs';
import type { Context } from './draw-boxes';
import { type Size, shrinkTo } from './geometry';
import { type Tint, tintRows } from './tint';

/** Longest side of a mask on screen; the browser enlarges it, which also smooths its edges. */
const longestOnScreen = 1536;

/** Lays a mask over a canvas of any size. */
export function drawMask(context: Context, runs: ClassRuns, tints: ReadonlyMap<number, Tint>, density: number): void {
  const { width, height } = context.canvas;
  // No finer than the map itself: enlarged by the browser, its edges are smooth, and not stairs.
  const size = shrinkTo({ width: Math.min(width, runs.width), height: Math.min(height, runs.height) }, longestOnScreen);
  const map = sampleRuns(runs, size);
  const edgeWidth = Math.max(1, Math.round((density * size.width) / width));
  const layer = layerOf(tintRows({ map, ...size }, tints, edgeWidth), size);
  context.imageSmoothingQuality = 'high';
  context.drawImage(layer, 0, 0, width, height);
  release(layer);
}

const rowsAtOnce = 256;

/** Lays a mask over a canvas of the map's own size, some rows at a time: a large photo's layer would take as much memory as the photo. */
export function drawWholeMask(context: Context, runs: ClassRuns, tints: ReadonlyMap<number, Tint>, edgeWidth: number): void {
  const { width, height } = runs;
  for (let from = 0; from < height; from += rowsAtOnce) {
    const to = Math.min(height, from + rowsAtOnce);
    const above = Math.min(from, edgeWidth);
    const below = Math.min(height - to, edgeWidth);
    const map = rowsOf(runs, from - above, to + below);
    const rows = { map, width, height: to + below - (from - above) };
    const layer = layerOf(tintRows(rows, tints, edgeWidth, above, above + to - from), { width, height: to - from });
    context.drawImage(layer, 0, from);
    release(layer);
  }
}

function layerOf(pixels: Uint8ClampedArray<ArrayBuffer>, { width, height }: Size): OffscreenCanvas {
  const layer = new OffscreenCanvas(width, height);
  layer.getContext('2d')?.putImageData(new ImageData(pixels, width, height), 0, 0);
  return layer;
}

/** Gives a canvas's memory back at once, and not when it is collected. */
export function release(canvas: OffscreenCanvas): void {
  canvas.width = 0;
  canvas.height = 0;
}
