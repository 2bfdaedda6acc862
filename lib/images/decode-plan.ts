import type { Shrink } from './decode';
import type { Header } from './header';
import { heldTwice } from './pixels';

/** How a picture is decoded. */
export interface DecodePlan {
  /**
   * `whole`; `shrunk` on the way from the decoder; or `after-alpha`: held whole until its alpha is dropped, then shrunk, for libvips weighs the
   * colours it averages by their alpha.
   */
  way: 'whole' | 'shrunk' | 'after-alpha';
  /** Of the pixels that come out, upright. */
  width: number;
  height: number;
  /** Memory needed meanwhile. */
  bytes: number;
  /** Whether the decoder holds more than what comes out, and libvips with it until it is told to forget. */
  heldBesides: boolean;
}

/** From here on libjpeg shrinks by 4 or 8 while it decodes. Shrinking by 2 takes it longer than not to shrink. */
const leastJpegShrink = 4;
/** Other formats are shrunk from here on, by both sides together, to as many pixels less: below, little would be gained. */
const leastShrink = 4;

/**
 * Formats but JPEG are shrunk to twice what is asked for. Their decoders take as long in any case, and the network's own sampling of twice
 * its input gives scores closer to those of the whole picture.
 */
const spare = 2;

/** Rows of a picture that libvips holds while it shrinks it from top to bottom, measured from 9 to 100 megapixels. */
const rowsHeld = 2048;
/** For each thread but the first that libvips has for a picture. */
const rowsHeldByThread = 320;

/** Bytes for each pixel that the decoder and what comes out of it take at their peak, where it is more than the pixels twice. */
const wholeBytes = new Map([
  ['webp', 8],
  ['gif', 8],
  ['heif', 18],
]);

/**
 * What is best done with a picture, for what its header says. It depends on the picture and on what is asked for, not on the machine: the
 * same picture comes out in every run.
 *
 * - JPEG: its decoder shrinks by 4 or 8 in less time than it takes not to.
 * - WebP: its decoder shrinks too, but weighs colours by alpha.
 * - PNG, TIFF: libvips shrinks them as they come from the decoder, from top to bottom.
 * - GIF: likewise, from the decoder's own copy of the picture. With alpha, nothing would be gained, nor with interlaced PNGs that have alpha.
 * - AVIF: libheif takes three times as much memory as what comes out, whatever becomes of that: nothing is gained. SVG is drawn, in whatever
 *   size: another size would be another picture.
 *
 * @param threads libvips' for one picture
 */
export function planDecoding(
  header: Header,
  bytes: Uint8Array,
  shrinkFor: ((width: number, height: number) => Shrink) | undefined,
  threads: number,
): DecodePlan {
  const whole = planWhole(header);
  const shrink = header.averages ? shrinkFor?.(header.width, header.height) : undefined;
  if (!shrink) {
    return whole;
  }
  if (header.format === 'jpeg') {
    return planJpeg(header, shrink) ?? whole;
  }
  const across = Math.max(1, shrink.across / spare);
  const down = Math.max(1, shrink.down / spare);
  if (across * down < leastShrink) {
    return whole;
  }
  const size = shrunkSize(header, { across, down });
  const made = heldTwice(size.width, size.height);
  const pixels = header.width * header.height;
  const plan = (way: DecodePlan['way'], held: number) => ({
    ...{ way, ...size, heldBesides: true },
    bytes: Math.min(whole.bytes, held + made),
  });
  const streamed = header.storedWidth * header.bytesPerPixel * (rowsHeld + rowsHeldByThread * (threads - 1));
  switch (header.format) {
    case 'png':
    case 'tiff':
      if (header.hasAlpha) {
        // Turning takes a copy of its own.
        return header.progressive || header.turned ? whole : plan('after-alpha', streamed + pixels * 3);
      }
      return plan('shrunk', streamed + (header.progressive ? pixels * header.bytesPerPixel : 0));
    case 'gif':
      return header.hasAlpha ? whole : plan('shrunk', streamed + pixels * 4);
    case 'webp': {
      // Its decoder shrinks both sides alike.
      const both = Math.min(across, down);
      const inDecoder = isLossyWebp(bytes) ? 0 : pixels * 4;
      return header.hasAlpha || both < 2 ? whole : plan('shrunk', inDecoder + (pixels * 8) / both ** 2);
    }
    default:
      return whole;
  }
}

function planWhole({ format, width, height, progressive, bytesPerPixel }: Header): DecodePlan {
  // An interlaced PNG is put together in memory.
  const forPixel = format === 'png' && progressive ? bytesPerPixel + 3 : wholeBytes.get(format);
  const bytes = Math.max(heldTwice(width, height), width * height * (forPixel ?? 0));
  return { way: 'whole', width, height, bytes, heldBesides: forPixel !== undefined };
}

/** Of a picture thinner than that a row is left. */
function shrunkSize({ width, height }: Header, { across, down }: Shrink) {
  return { width: Math.max(1, Math.floor(width / across)), height: Math.max(1, Math.floor(height / down)) };
}

function planJpeg(header: Header, shrink: Shrink): DecodePlan | undefined {
  if (Math.min(shrink.across, shrink.down) < leastJpegShrink) {
    return undefined;
  }
  const { progressive } = header;
  const size = shrunkSize(header, shrink);
  // A progressive picture's coefficients, 16 bits each, are held in full whatever size is made of them.
  const bytes = progressive ? header.width * header.height * 6 : heldTwice(size.width, size.height);
  return { way: 'shrunk', ...size, bytes, heldBesides: progressive };
}

/** Whether it is a simple lossy WebP. Lossless ones, and those with more to them that might be, are held whole by their decoder. */
function isLossyWebp(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', 12, 16) === 'VP8 ';
}
