import type { Sharp } from 'sharp';
import { checkBoolean, checkInteger, checkNumber, checkOptionNames, invalidOption } from '../../options';
import type { ImageInput } from '../image';
import { inSlices } from '../slices';
import { blendCoverage, boundsOf, type Canvas, fillRectangle, frame, grow, intersect, type Rectangle } from './canvas';
import { cleanText } from './clean-text';
import { type Color, classColor, contrasting } from './colors';
import { LabelLayout, pixelsOf } from './label-layout';
import {
  checkColor,
  checkDrawOptions,
  checkRecord,
  checkSize,
  checkText,
  type DrawOptions,
  deliver,
  drawOptionNames,
  openCanvas,
} from './picture';
import { type Style, styleFor } from './style';
import { largestFontSize, leastFontSize, TextSetter } from './text';

/** What {@link drawDetections} needs of a detector's result. */
export interface DrawableDetections {
  /** Of the upright picture in pixels. */
  width: number;
  /** Of the upright picture in pixels. */
  height: number;
  /** What is drawn; where there is no room for all labels, those of the highest scores are. */
  detections: readonly {
    /** Of the class; it decides the colour. */
    index: number;
    /** Written on its plate. */
    label: string;
    /** 0 to 1. */
    score: number;
    /** In pixels of the upright picture, from its top left corner. */
    box: {
      /** From the left edge. */
      x: number;
      /** From the top edge. */
      y: number;
      /** Of the box. */
      width: number;
      /** Of the box. */
      height: number;
    };
  }[];
}

/** Options of {@link drawDetections}. */
export interface DrawDetectionsOptions extends DrawOptions {
  /** Whether each box gets a plate with its label and score. Default true. */
  labels?: boolean;
  /** Width of the boxes' lines in pixels, 1 to 1000. Default: 1/250 of the picture's diagonal, less for very long pictures. */
  lineWidth?: number;
  /**
   * Size of the labels' letters in pixels, 8 to 500; labels wider than the picture get a smaller one. Default: 1/50 of the picture's diagonal, less
   * for very long pictures, 10 or more.
   */
  fontSize?: number;
  /** Colours by label, as `{ person: [255, 0, 0] }`. The other classes keep theirs. */
  colors?: Readonly<Record<string, readonly [red: number, green: number, blue: number]>>;
}

const optionNames = [
  ...drawOptionNames,
  'labels',
  'lineWidth',
  'fontSize',
  'colors',
] as const satisfies (keyof DrawDetectionsOptions)[];

const maxLineWidth = 1000;
/** More than any picture can show. */
const maxDetections = 10_000;

/** A detection on its picture. */
interface Mark {
  label: string;
  score: number;
  color: Color;
  /** The pixels of the box. */
  box: Rectangle;
}

/** The one of index.ts, which loads this file when it is called. */
export async function drawDetections(
  image: ImageInput,
  result: DrawableDetections,
  options?: DrawDetectionsOptions,
): Promise<Sharp | Buffer> {
  const { labels, lineWidth, fontSize, colors, ...rest } = checkOptionNames(options, optionNames, 'drawDetections');
  const drawOptions = checkDrawOptions(rest);
  const showsLabels = checkBoolean('labels', labels ?? true);
  const given = {
    lineWidth: lineWidth === undefined ? undefined : checkInteger('lineWidth', lineWidth, 1, maxLineWidth),
    fontSize: fontSize === undefined ? undefined : checkInteger('fontSize', fontSize, leastFontSize, largestFontSize),
  };
  const { size, marks } = checkDetections(result, checkColors(colors));
  const canvas = await openCanvas(image, size, drawOptions);
  const style = styleFor(canvas.width, canvas.height, given);
  // The best last: they lie on top.
  marks.sort((a, b) => a.score - b.score);
  await inSlices(drawBoxes(canvas, marks, style), drawOptions.signal);
  if (showsLabels) {
    await inSlices(drawLabels(canvas, marks.toReversed(), style), drawOptions.signal);
  }
  return deliver(canvas, drawOptions);
}

function checkColors(colors: DrawDetectionsOptions['colors']): ReadonlyMap<string, Color> {
  const named = Object.entries(checkRecord('colors', '{ label: [red, green, blue] }', colors ?? {}));
  return new Map(named.map(([label, color]) => [label, checkColor(`the colour of '${label}'`, color)]));
}

function checkDetections(result: DrawableDetections, colors: ReadonlyMap<string, Color>) {
  const { detections, ...rest } = checkRecord('the result', "a detector's result", result);
  const size = checkSize('result', rest);
  if (!Array.isArray(detections) || detections.length > maxDetections) {
    throw invalidOption("the result's detections", `an array of ${maxDetections} at most`, detections);
  }
  const marks = detections.flatMap((detection: DrawableDetections['detections'][number], i) => {
    const name = `detection ${i}`;
    const { index, label, score, box } = checkRecord(name, '{ index, label, score, box }', detection);
    const text = checkText(`the label of ${name}`, label);
    const checkedScore = checkNumber(`the score of ${name}`, score, 0, 1);
    const color = colors.get(text) ?? classColor(checkInteger(`the index of ${name}`, index, 0, 2 ** 31));
    const pixels = pixelsOf(checkBox(name, box), size);
    return pixels ? [{ label: text, score: checkedScore, color, box: pixels }] : [];
  });
  return { size, marks };
}

/** Coordinates may lie outside the picture: boxes are cut to it. */
const farthest = 2 ** 31;

function checkBox(name: string, box: DrawableDetections['detections'][number]['box']) {
  const { x, y, width, height } = checkRecord(`the box of ${name}`, '{ x, y, width, height }', box);
  return {
    x: checkNumber(`box.x of ${name}`, x, -farthest, farthest),
    y: checkNumber(`box.y of ${name}`, y, -farthest, farthest),
    width: checkNumber(`box.width of ${name}`, width, 0, farthest),
    height: checkNumber(`box.height of ${name}`, height, 0, farthest),
  };
}

/**
 * Where the line around a box goes: just outside of it, and no further than the picture's edges, so that it shows on all sides.
 * Between `outer` and `inner` it runs.
 */
function lineAround(box: Rectangle, canvas: Canvas, lineWidth: number) {
  const outer = intersect(grow(box, lineWidth), boundsOf(canvas));
  return { outer, inner: grow(outer, -lineWidth) };
}

function* drawBoxes(canvas: Canvas, marks: readonly Mark[], { lineWidth, outlineWidth }: Style): Generator<void> {
  for (const { box, color } of marks) {
    const { outer, inner } = lineAround(box, canvas, lineWidth);
    for (const part of frame(grow(outer, outlineWidth), grow(inner, -outlineWidth))) {
      fillRectangle(canvas, part, contrasting(color));
      yield;
    }
    for (const part of frame(outer, inner)) {
      fillRectangle(canvas, part, color);
      yield;
    }
  }
}

/** The distance of the text from the plate's sides, as a share of the font size. */
const sidePadding = 0.3;

/** The labels of the marks: the first get the best places. */
async function* drawLabels(canvas: Canvas, marks: readonly Mark[], style: Style): AsyncGenerator<void> {
  const setter = await TextSetter.load();
  const layout = new LabelLayout(canvas.width, canvas.height);
  const { fontSize, lineWidth, outlineWidth } = style;
  const padding = Math.ceil(fontSize * sidePadding) + outlineWidth;
  const room = { width: canvas.width - 2 * padding, height: canvas.height - 2 * outlineWidth };
  for (const { label, score, box, color } of marks) {
    const text = await setter.fit(cleanText(label), `${Math.round(score * 100)} %`, fontSize, room);
    const size = text && { width: text.width + 2 * padding, height: text.height + 2 * outlineWidth };
    const plate = size && layout.place(lineAround(box, canvas, lineWidth).outer, size);
    if (plate) {
      const ink = contrasting(color);
      const coverage = await setter.render(text);
      yield;
      fillRectangle(canvas, plate, ink);
      fillRectangle(canvas, grow(plate, -outlineWidth), color);
      blendCoverage(canvas, coverage, plate.left + padding, plate.top + outlineWidth, ink);
    }
    yield;
  }
}
