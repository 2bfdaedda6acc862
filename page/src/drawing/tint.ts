import { type Color, contrasting, mix } from '../../../lib/images/draw/colors';

/** How one class is laid over the picture. */
export interface Tint {
  color: Color;
  /** Of its regions, 0 to 1. */
  opacity: number;
  /** Of the lines along their edges, 0 to 1. */
  edgeOpacity: number;
}

/** Class indices, rows from the top. */
export interface MapRows {
  map: Uint8Array;
  width: number;
  height: number;
}

/** How far the colour of a region's edge goes from that of its class towards black or white: as in lib/images/draw/tint.ts. */
const edgeContrast = 0.6;

/**
 * The layer that tints a picture: RGBA, transparent where the class has no tint.
 *
 * @param tints by class index
 * @param edgeWidth pixels, on the inner side of each edge
 * @param from first row wanted; rows before it are only looked at for edges
 * @param to row behind the last one wanted
 */
export function tintRows(
  { map, width, height }: MapRows,
  tints: ReadonlyMap<number, Tint>,
  edgeWidth: number,
  from = 0,
  to = height,
): Uint8ClampedArray<ArrayBuffer> {
  const shown = new Uint8Array(256);
  const fills = new Uint8Array(256 * 4);
  const edges = new Uint8Array(256 * 4);
  for (const [index, { color, opacity, edgeOpacity }] of tints) {
    shown[index] = 1;
    fills.set([...color, Math.round(opacity * 255)], index * 4);
    edges.set([...mix(color, contrasting(color), edgeContrast), Math.round(edgeOpacity * 255)], index * 4);
  }
  const layer = new Uint8ClampedArray((to - from) * width * 4);
  for (let row = from; row < to; row++) {
    // A neighbour outside the picture counts as the pixel itself: the picture's own edges are no edges of regions.
    const up = row >= edgeWidth ? -edgeWidth * width : 0;
    const down = row + edgeWidth < height ? edgeWidth * width : 0;
    for (let column = 0, i = row * width, out = (row - from) * width * 4; column < width; column++, i++, out += 4) {
      const index = map[i] as number;
      if (shown[index] === 0) {
        continue;
      }
      const left = column >= edgeWidth ? i - edgeWidth : i;
      const right = column + edgeWidth < width ? i + edgeWidth : i;
      const inside = map[left] === index && map[right] === index && map[i + up] === index && map[i + down] === index;
      const levels = inside ? fills : edges;
      const level = index * 4;
      layer[out] = levels[level] as number;
      layer[out + 1] = levels[level + 1] as number;
      layer[out + 2] = levels[level + 2] as number;
      layer[out + 3] = levels[level + 3] as number;
    }
  }
  return layer;
}

/** A class of a picture, as a segmentation's legend has it. */
interface LegendClass {
  index: number;
  label: string;
  color: Color;
}

/** What is left of a class's opacity while another is highlighted, and of its edges. */
const dimmed = 0.2;
/** Opacity of a highlighted class, at least. */
const highlightedOpacity = 0.7;

/**
 * How the classes of a legend are laid over their picture. The background shows as it is, unless it is highlighted.
 *
 * @param opacity 0 to 1
 * @param highlighted index of the class that stands out
 */
export function tintsOf(legend: readonly LegendClass[], opacity: number, highlighted?: number): Map<number, Tint> {
  const tints = new Map<number, Tint>();
  const anyHighlighted = legend.some(({ index }) => index === highlighted);
  for (const entry of legend) {
    const { index, color } = entry;
    if (anyHighlighted && index === highlighted) {
      tints.set(index, { color, opacity: Math.max(opacity, highlightedOpacity), edgeOpacity: 1 });
    } else if (!isBackground(entry)) {
      const share = anyHighlighted ? dimmed : 1;
      tints.set(index, { color, opacity: opacity * share, edgeOpacity: share });
    }
  }
  return tints;
}

export function isBackground({ index, label }: { index: number; label: string }): boolean {
  return index === 0 && label.toLowerCase() === 'background';
}
