import { MobileNetError } from '../errors';
import type { Shrink } from '../images/decode';
import type { DecodedImage } from '../images/pixels';
import type { Preprocessing } from '../models/description';
import { checkOptionNames, invalidOption, numberFromText } from '../options';
import type { NativeFrame } from '../runtime/native';

/** A rectangle in pixels of the picture after its EXIF orientation, from its top left corner. */
export interface Region {
  /** From the left edge, 0 or more. */
  x: number;
  /** From the top edge, 0 or more. */
  y: number;
  /** Above 0. */
  width: number;
  /** Above 0. */
  height: number;
}

/** A decoded picture on its way to the network. */
export interface FramedPicture {
  frame: NativeFrame;
  /** Of the source, upright; the frame may be a smaller copy of it. */
  width: number;
  height: number;
  /** The region in whole pixels of the source. */
  region: Region;
}

const regionFields = ['x', 'y', 'width', 'height'] as const;

/** The region that a text such as `40,0,200,200` is: left, top, width, height; undefined where it is none. */
export function regionFromText(text: string): Region | undefined {
  const numbers = text.split(',').map(numberFromText);
  const [x, y, width, height] = numbers;
  return numbers.length === 4 && !numbers.includes(undefined) ? ({ x, y, width, height } as Region) : undefined;
}

/** Throws ERR_INVALID_OPTION unless `value` is a rectangle of finite numbers with an area; whether it fits the picture shows later. */
export function checkRegion(value: unknown): Region {
  if (value === undefined) {
    throw invalidOption('region', '{ x, y, width, height }', value);
  }
  const region = checkOptionNames(value as Region, regionFields, 'region');
  for (const field of regionFields) {
    const number = region[field];
    const side = field === 'width' || field === 'height';
    if (typeof number !== 'number' || !Number.isFinite(number) || number < 0 || (side && number === 0)) {
      throw invalidOption(`region.${field}`, side ? 'a number above 0' : 'a number from 0', number);
    }
  }
  return { ...(region as Region) };
}

/** Throws ERR_INVALID_OPTION unless `value` is a multiple of 90. */
export function checkRotation(value: unknown): NativeFrame['rotation'] {
  if (typeof value !== 'number' || value % 90 !== 0) {
    throw invalidOption('rotation', 'a multiple of 90 degrees', value);
  }
  return ((((value % 360) + 360) % 360) as NativeFrame['rotation']) || 0;
}

/**
 * The decoded picture as a frame: the region in its own pixels and in the source's, rounded outwards. Throws ERR_INVALID_OPTION when
 * the region leaves it.
 */
export function toFramedPicture(
  image: DecodedImage,
  region: Region | undefined,
  rotation: NativeFrame['rotation'],
): FramedPicture {
  const { pixels, width, height, sourceWidth, sourceHeight } = image;
  const wanted = region ?? { x: 0, y: 0, width: sourceWidth, height: sourceHeight };
  const across = scaleSpan(wanted.x, wanted.width, sourceWidth, width);
  const down = scaleSpan(wanted.y, wanted.height, sourceHeight, height);
  if (!across || !down) {
    const { x, y } = wanted;
    throw new MobileNetError(
      'ERR_INVALID_OPTION',
      `expected a region inside the picture of ${sourceWidth} x ${sourceHeight} pixels but received x ${x}, y ${y}, width ${wanted.width}, height ${wanted.height}`,
    );
  }
  const [x, columns] = scaleSpan(wanted.x, wanted.width, sourceWidth, sourceWidth) ?? across;
  const [y, rows] = scaleSpan(wanted.y, wanted.height, sourceHeight, sourceHeight) ?? down;
  return {
    frame: { pixels, width, height, region: { x: across[0], width: across[1], y: down[0], height: down[1] }, rotation },
    width: sourceWidth,
    height: sourceHeight,
    region: { x, y, width: columns, height: rows },
  };
}

/**
 * Start and length of a span after its axis went from `source` to `decoded` pixels, a pixel at least; undefined when it leaves the axis.
 */
function scaleSpan(start: number, length: number, source: number, decoded: number): [start: number, length: number] | undefined {
  if (start >= source || start + length > source) {
    return undefined;
  }
  // What lies just before the edge the division may round on to it, and so short a length the sum may lose.
  const from = Math.min(decoded - 1, Math.floor((start * decoded) / source));
  const to = Math.min(decoded, Math.ceil(((start + length) * decoded) / source));
  return [from, Math.max(1, to - from)];
}

/**
 * How many times smaller a picture may be decoded in fast mode, along each side: the decoded region is then as large as what the network
 * takes in.
 */
export function fastShrink(
  picture: { width: number; height: number },
  region: Region | undefined,
  rotation: NativeFrame['rotation'],
  { width, height, resize, centralFraction = 1 }: Preprocessing,
): Shrink {
  const seen = region ?? picture;
  const lies = rotation % 180 === 0;
  const kept = resize === 'central-crop' ? centralFraction : 1;
  const across = (seen.width * kept) / (lies ? width : height);
  const down = (seen.height * kept) / (lies ? height : width);
  if (resize === 'pad') {
    // Padding keeps the proportions: the side that fills the input decides.
    const both = Math.max(across, down);
    return { across: both, down: both };
  }
  return { across, down };
}
