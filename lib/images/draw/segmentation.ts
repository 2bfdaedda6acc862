import { isUint8Array } from 'node:util/types';
import type { Sharp } from 'sharp';
import { MobileNetError } from '../../errors';
import { checkBoolean, checkInteger, checkNumber, checkOptionNames, describe, invalidOption } from '../../options';
import type { ImageInput } from '../image';
import { inSlices } from '../slices';
import type { Canvas } from './canvas';
import { cleanText } from './clean-text';
import type { Color } from './colors';
import { drawLegend, layOutLegend } from './legend';
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
import { styleFor } from './style';
import { TextSetter } from './text';
import { tint } from './tint';

/** What {@link drawSegmentation} needs of a segmenter's result. */
export interface DrawableSegmentation {
  /** Of the upright picture in pixels. */
  width: number;
  /** Of the upright picture in pixels. */
  height: number;
  /** One class index per pixel, rows from the top; 255 where the network did not look. */
  classMap: Uint8Array;
  /** Of `classMap` in pixels: the picture's own. */
  mapWidth: number;
  /** Of `classMap` in pixels: the picture's own. */
  mapHeight: number;
  /** The classes to be drawn; pixels of others stay as they are. */
  legend: readonly {
    /** Of the class. */
    index: number;
    /** Written in the panel. */
    label: string;
    /** R, G, B from 0 to 255. */
    color: readonly [red: number, green: number, blue: number];
    /** How many pixels of the map are of this class. */
    pixels: number;
  }[];
}

/** Options of {@link drawSegmentation}. */
export interface DrawSegmentationOptions extends DrawOptions {
  /** Share of the colours laid over the picture, from 0 (the edges only) to 1. Default 0.6. */
  opacity?: number;
  /** Whether a panel in a corner names the classes, with their shares of the picture. Default true. */
  legend?: boolean;
  /** Whether class 0 is drawn too where its label is 'background'. Default false. */
  background?: boolean;
}

const optionNames = [...drawOptionNames, 'opacity', 'legend', 'background'] as const satisfies (keyof DrawSegmentationOptions)[];

const defaultOpacity = 0.6;
/** Index of the pixels the network did not look at. */
const notLookedAt = 255;

/** The one of index.ts, which loads this file when it is called. */
export async function drawSegmentation(
  image: ImageInput,
  result: DrawableSegmentation,
  options?: DrawSegmentationOptions,
): Promise<Sharp | Buffer> {
  const { opacity, legend, background, ...rest } = checkOptionNames(options, optionNames, 'drawSegmentation');
  const drawOptions = checkDrawOptions(rest);
  const strength = checkNumber('opacity', opacity ?? defaultOpacity, 0, 1);
  const showsLegend = checkBoolean('legend', legend ?? true);
  const showsBackground = checkBoolean('background', background ?? false);
  const { size, classMap, entries } = checkSegmentation(result);
  const shown = entries.filter((entry) => showsBackground || !isBackground(entry));
  const colors = new Map(shown.map(({ index, color }) => [index, color]));
  const canvas = await openCanvas(image, size, drawOptions);
  const style = styleFor(canvas.width, canvas.height);
  await inSlices(tint(canvas, { classMap, colors }, strength, style.outlineWidth), drawOptions.signal);
  if (showsLegend && shown.length > 0) {
    await addLegend(canvas, shown, (x, y) => colors.has(classMap[y * size.width + x] as number), drawOptions.signal);
  }
  return deliver(canvas, drawOptions);
}

interface Entry {
  index: number;
  label: string;
  color: Color;
  pixels: number;
}

function isBackground({ index, label }: Entry): boolean {
  return index === 0 && label.toLowerCase() === 'background';
}

function checkSegmentation(result: DrawableSegmentation) {
  const { classMap, mapWidth, mapHeight, legend, ...rest } = checkRecord('the result', "a segmenter's result", result);
  const size = checkSize('result', rest);
  if (mapWidth !== size.width || mapHeight !== size.height) {
    throw new MobileNetError(
      'ERR_INVALID_OPTION',
      `expected a class map of the picture's own size, ${size.width} x ${size.height}, but received ${describe(mapWidth)} x ${describe(mapHeight)}: segment with output: 'source' to draw the result`,
    );
  }
  if (!isUint8Array(classMap) || classMap.length !== size.width * size.height) {
    throw invalidOption("the result's classMap", `a Uint8Array of ${size.width * size.height} class indices`, classMap);
  }
  if (!Array.isArray(legend) || legend.length > notLookedAt) {
    throw invalidOption("the result's legend", `an array of ${notLookedAt} classes at most`, legend);
  }
  const entries = legend.map((entry: DrawableSegmentation['legend'][number], i): Entry => {
    const name = `legend entry ${i}`;
    const { index, label, color, pixels } = checkRecord(name, '{ index, label, color, pixels }', entry);
    return {
      index: checkInteger(`the index of ${name}`, index, 0, notLookedAt - 1),
      label: cleanText(checkText(`the label of ${name}`, label)),
      color: checkColor(`the colour of ${name}`, color),
      pixels: checkInteger(`the pixels of ${name}`, pixels, 0, classMap.length),
    };
  });
  return { size, classMap, entries };
}

async function addLegend(
  canvas: Canvas,
  entries: readonly Entry[],
  shows: (x: number, y: number) => boolean,
  signal?: AbortSignal,
): Promise<void> {
  const { width, height } = canvas;
  const rows = entries
    .toSorted((a, b) => b.pixels - a.pixels)
    .map(({ label, pixels, color }) => ({ name: label, share: pixels / (width * height), color }));
  const style = styleFor(width, height);
  const setter = await TextSetter.load();
  const legend = await layOutLegend(canvas, rows, style, setter, shows);
  if (legend) {
    await inSlices(drawLegend(canvas, legend, setter, style.outlineWidth), signal);
  }
}
