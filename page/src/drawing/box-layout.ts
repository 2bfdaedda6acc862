import { type Color, classColor, contrasting } from '../../../lib/images/draw/colors';
import { LabelLayout, pixelsOf } from '../../../lib/images/draw/label-layout';
import { contains, type Size, scaleArea } from './geometry';

/** Measures of what is drawn, in pixels of the canvas. */
export interface BoxStyle {
  lineWidth: number;
  /** Of the dark or light edge on both sides of a line. */
  outlineWidth: number;
  fontSize: number;
}

/** What is needed of a detection. */
export interface DetectedBox {
  index: number;
  label: string;
  score: number;
  /** In pixels of the picture. */
  box: { x: number; y: number; width: number; height: number };
}

/** In whole pixels of the canvas; `right` and `bottom` are not part of it. */
interface Edges {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** A detection on the canvas. */
export interface PlacedBox {
  /** Its place in the list of detections. */
  position: number;
  box: Edges;
  color: Color;
  /** Black or white, whichever is read better on `color`. */
  ink: Color;
  /** Absent where no place was free. */
  label?: { text: string; plate: Edges };
  /** Whether another one is highlighted. */
  dimmed: boolean;
}

/** Distance of a label's text from its plate's sides, and from top and bottom, as shares of the font size. */
export const sidePadding = 0.45;
const verticalPadding = 0.28;

/** Line width and font size that make pictures of any size look alike when shown at one size: as in lib/images/draw/style.ts. */
export function styleForSaving({ width, height }: Size): BoxStyle {
  const extent = Math.min(Math.hypot(width, height), 4 * Math.min(width, height));
  const lineWidth = Math.max(1, Math.round(extent / 250));
  return { lineWidth, outlineWidth: Math.max(1, Math.round(lineWidth / 4)), fontSize: Math.max(10, Math.round(extent / 50)) };
}

/** Sizes of labels on screen, in CSS pixels. */
const smallestText = 12;
const largestText = 19;

/**
 * Style on screen: lines and text of one size on all pictures, smaller where the picture is shown small.
 *
 * @param size of the canvas, in its own pixels
 * @param density of them, per CSS pixel
 */
export function styleForScreen({ width, height }: Size, density: number): BoxStyle {
  const shortest = Math.min(width, height) / density;
  const large = shortest >= 360;
  const text = Math.min(largestText, Math.max(smallestText, shortest / 46));
  return {
    lineWidth: Math.max(1, Math.round((large ? 3 : 2) * density)),
    outlineWidth: Math.max(1, Math.round(density / 2)),
    fontSize: Math.round(text * density),
  };
}

/**
 * Where boxes and their labels go on a canvas: in the order they are to be drawn, the best last. Labels of the best find places first, and the
 * highlighted one's before all.
 *
 * @param measure width of a text in pixels of the canvas; undefined for boxes without labels
 * @param highlighted position of a detection in the list
 */
export function layOutBoxes(
  detections: readonly DetectedBox[],
  picture: Size,
  canvas: Size,
  style: BoxStyle,
  measure?: (text: string) => number,
  highlighted?: number,
): PlacedBox[] {
  const { fontSize, lineWidth } = style;
  const layout = new LabelLayout(canvas.width, canvas.height);
  const height = Math.round(fontSize * (1 + 2 * verticalPadding));
  const anyHighlighted = highlighted !== undefined && highlighted < detections.length;
  const inPlace = detections.flatMap((detection, position): PlacedBox[] => {
    const box = pixelsOf(scaleArea(detection.box, picture, canvas), canvas);
    const color = classColor(detection.index);
    const dimmed = anyHighlighted && highlighted !== position;
    return box ? [{ position, box, color, ink: contrasting(color), dimmed }] : [];
  });
  inPlace.sort((a, b) => Number(a.dimmed) - Number(b.dimmed) || a.position - b.position);
  if (measure) {
    for (const placed of inPlace) {
      const { label, score } = detections[placed.position] as DetectedBox;
      const text = shortened(`${label} ${Math.round(score * 100)}%`, canvas.width - 2 * fontSize * sidePadding, measure);
      const width = Math.ceil(measure(text) + 2 * fontSize * sidePadding);
      const around = grow(placed.box, lineWidth / 2, canvas);
      const plate = layout.place(around, { width, height });
      if (plate) {
        placed.label = { text, plate };
      }
    }
  }
  return inPlace.reverse();
}

/** Position of the smallest box at a point of the picture; undefined where there is none. */
export function boxAt(detections: readonly DetectedBox[], x: number, y: number): number | undefined {
  let found: number | undefined;
  let smallest = Number.POSITIVE_INFINITY;
  detections.forEach(({ box }, position) => {
    if (contains(box, x, y) && box.width * box.height < smallest) {
      found = position;
      smallest = box.width * box.height;
    }
  });
  return found;
}

/** The text cut, with an ellipsis, until it is `room` wide at most. */
function shortened(text: string, room: number, measure: (text: string) => number): string {
  let kept = text;
  while (kept.length > 1 && measure(kept) > room) {
    kept = `${kept.slice(0, kept.endsWith('…') ? -2 : -1).trimEnd()}…`;
  }
  return kept;
}

function grow({ left, top, right, bottom }: Edges, by: number, canvas: Size): Edges {
  return {
    left: Math.max(0, Math.floor(left - by)),
    top: Math.max(0, Math.floor(top - by)),
    right: Math.min(canvas.width, Math.ceil(right + by)),
    bottom: Math.min(canvas.height, Math.ceil(bottom + by)),
  };
}
