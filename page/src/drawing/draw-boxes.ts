import type { Color } from '../../../lib/images/draw/colors';
import { type BoxStyle, type PlacedBox, sidePadding } from './box-layout';

/** Whatever can be drawn on. */
export type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

const dimmedOpacity = 0.3;

export function labelFont(fontSize: number): string {
  return `600 ${fontSize}px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif`;
}

/** Draws boxes, then their labels, so that no line crosses a label. */
export function drawBoxes(context: Context, boxes: readonly PlacedBox[], style: BoxStyle): void {
  for (const placed of boxes) {
    context.globalAlpha = placed.dimmed ? dimmedOpacity : 1;
    drawBox(context, placed, style);
  }
  context.font = labelFont(style.fontSize);
  context.textBaseline = 'alphabetic';
  for (const placed of boxes) {
    context.globalAlpha = placed.dimmed ? dimmedOpacity : 1;
    drawLabel(context, placed, style);
  }
  context.globalAlpha = 1;
}

function drawBox(context: Context, { box, color, ink }: PlacedBox, { lineWidth, outlineWidth }: BoxStyle): void {
  // Half of the line lies inside the box; at the canvas's edges all of it does.
  const { width, height } = context.canvas;
  const inset = Math.ceil(lineWidth / 2);
  const left = Math.max(box.left, inset);
  const top = Math.max(box.top, inset);
  const right = Math.min(box.right, width - inset);
  const bottom = Math.min(box.bottom, height - inset);
  context.beginPath();
  context.roundRect(left, top, Math.max(1, right - left), Math.max(1, bottom - top), lineWidth);
  context.lineJoin = 'round';
  context.strokeStyle = css(ink, 0.55);
  context.lineWidth = lineWidth + 2 * outlineWidth;
  context.stroke();
  context.strokeStyle = css(color);
  context.lineWidth = lineWidth;
  context.stroke();
}

function drawLabel(context: Context, { label, color, ink }: PlacedBox, { fontSize, outlineWidth }: BoxStyle): void {
  if (!label) {
    return;
  }
  const { left, top, right, bottom } = label.plate;
  context.beginPath();
  context.roundRect(left, top, right - left, bottom - top, fontSize * 0.3);
  context.fillStyle = css(color);
  context.fill();
  context.strokeStyle = css(ink, 0.35);
  context.lineWidth = outlineWidth;
  context.stroke();
  context.fillStyle = css(ink);
  context.fillText(label.text, left + fontSize * sidePadding, (top + bottom) / 2 + fontSize * 0.35);
}

export function css([red, green, blue]: Color, opacity = 1): string {
  return `rgb(${red} ${green} ${blue} / ${opacity})`;
}
