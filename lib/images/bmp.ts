import { type BmpHeader, lowestBit, readBmpHeader } from './bmp-header';
import type { DecodeOptions } from './decode';
import { tooLarge, undecodable } from './errors';
import { type DecodedImage, heldTwice, whole } from './pixels';
import { inSlices } from './slices';

/** Pixels decoded between two looks at the clock. */
const pixelsPerStep = 2 ** 16;

/**
 * Reads a BMP file's header, waits for memory, and resolves to what decodes the file to RGB8; libvips, which decodes everything else, cannot.
 * It reads 1, 2, 4, 8, 16, 24 and 32 bits a pixel, palettes, colour masks, RLE4 and RLE8, both row orders, and the headers of Windows and
 * OS/2. Alpha is dropped; pixels that a run-length encoded file skips have palette index 0. It runs in slices of a few milliseconds between which the event loop turns.
 *
 * Throws ERR_IMAGE_DECODE for malformed files, ERR_IMAGE_TOO_LARGE above `maxPixels`.
 */
export async function openBmp(
  bytes: Uint8Array,
  name: string,
  { maxPixels, reserve, signal }: DecodeOptions,
): Promise<() => Promise<DecodedImage>> {
  const header = readBmpHeader(bytes, name);
  const { width, height } = header;
  if (width * height > maxPixels) {
    throw tooLarge(name, width, height, maxPixels);
  }
  await reserve?.(heldTwice(width, height));
  return async () => {
    const pixels = new Uint8Array(width * height * 3);
    await inSlices(decodeSteps(bytes, header, pixels, name), signal);
    return whole(pixels, width, height);
  };
}

/** Fills `pixels`; yields every {@link pixelsPerStep} pixels or so. */
function* decodeSteps(bytes: Uint8Array, header: BmpHeader, pixels: Uint8Array, name: string): Generator<void> {
  const { width, height, topDown, stride, pixelOffset } = header;
  let readRow = rowReader(header, bytes);
  let rowStart = (row: number) => pixelOffset + row * stride;
  if (header.compression === 'rle8' || header.compression === 'rle4') {
    const indices = yield* decodeRuns(bytes, header, name);
    readRow = paletteReader({ ...header, bitsPerPixel: 8 }, indices);
    rowStart = (row) => row * width;
  }
  const rowsPerStep = Math.max(1, Math.floor(pixelsPerStep / width));
  for (let row = 0; row < height; row++) {
    const target = (topDown ? row : height - 1 - row) * width * 3;
    readRow(rowStart(row), pixels.subarray(target, target + width * 3));
    if (row % rowsPerStep === rowsPerStep - 1) {
      yield;
    }
  }
}

/** Reads the row that begins at a byte of the file into RGB8. */
type RowReader = (start: number, target: Uint8Array) => void;

function rowReader(header: BmpHeader, bytes: Uint8Array): RowReader {
  if (header.bitsPerPixel <= 8) {
    return paletteReader(header, bytes);
  }
  return header.bitsPerPixel === 24 ? (start, target) => readBgr(bytes, start, target) : maskReader(header, bytes);
}

function readBgr(bytes: Uint8Array, start: number, target: Uint8Array): void {
  for (let i = 0; i < target.length; i += 3) {
    target[i] = bytes[start + i + 2] as number;
    target[i + 1] = bytes[start + i + 1] as number;
    target[i + 2] = bytes[start + i] as number;
  }
}

/** Indices of 1, 2, 4 or 8 bits, the leftmost pixel in the highest bits. */
function paletteReader({ bitsPerPixel, palette, width }: BmpHeader, bytes: Uint8Array): RowReader {
  const perByte = 8 / bitsPerPixel;
  const mask = 2 ** bitsPerPixel - 1;
  return (start, target) => {
    for (let x = 0; x < width; x++) {
      const shift = 8 - bitsPerPixel * ((x % perByte) + 1);
      const index = ((bytes[start + Math.floor(x / perByte)] as number) >> shift) & mask;
      target[x * 3] = palette[index * 3] as number;
      target[x * 3 + 1] = palette[index * 3 + 1] as number;
      target[x * 3 + 2] = palette[index * 3 + 2] as number;
    }
  };
}

/** 16 or 32 bits with a mask per channel. */
function maskReader({ bitsPerPixel, masks, width }: BmpHeader, bytes: Uint8Array): RowReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const channels = masks.map(channelTable);
  return (start, target) => {
    for (let x = 0; x < width; x++) {
      const pixel = bitsPerPixel === 16 ? view.getUint16(start + x * 2, true) : view.getUint32(start + x * 4, true);
      for (let c = 0; c < 3; c++) {
        const { shift, levels, table } = channels[c] as ChannelTable;
        target[x * 3 + c] = table[(pixel >>> shift) & levels] as number;
      }
    }
  };
}

interface ChannelTable {
  shift: number;
  levels: number;
  table: Uint8Array;
}

/** From the bits of a channel to 0 to 255, rounded. Of more than 16 bits the highest 16 count. */
function channelTable(mask: number): ChannelTable {
  if (mask === 0) {
    return { shift: 0, levels: 0, table: new Uint8Array(1) };
  }
  const lowest = lowestBit(mask);
  const bits = Math.log2(mask / lowest + 1);
  const used = Math.min(bits, 16);
  const levels = 2 ** used - 1;
  const table = Uint8Array.from({ length: levels + 1 }, (_, level) => Math.round((level * 255) / levels));
  return { shift: Math.log2(lowest) + bits - used, levels, table };
}

/** Palette indices of a run-length encoded file, one byte a pixel, rows in the file's order. */
function* decodeRuns(bytes: Uint8Array, header: BmpHeader, name: string): Generator<void, Uint8Array> {
  const { width, height, pixelOffset } = header;
  const nibbles = header.compression === 'rle4';
  const indices = new Uint8Array(width * height);
  let at = pixelOffset;
  let x = 0;
  let row = 0;
  let steps = 0;
  /** Writes `count` pixels; what lies right of the picture is dropped. */
  const write = (count: number, indexOf: (i: number) => number) => {
    for (let i = 0; i < count && x < width; i++) {
      indices[row * width + x++] = indexOf(i);
    }
  };
  while (row < height) {
    if (++steps % 1024 === 0) {
      yield;
    }
    if (at + 2 > bytes.byteLength) {
      throw undecodable(name, 'bad BMP file: its run-length encoded pixels are truncated');
    }
    const count = bytes[at] as number;
    const value = bytes[at + 1] as number;
    at += 2;
    if (count > 0) {
      write(count, (i) => (nibbles ? nibble(value, i) : value));
    } else if (value === 0) {
      x = 0;
      row++;
    } else if (value === 1) {
      break;
    } else if (value === 2) {
      x += bytes[at] ?? 0;
      row += bytes[at + 1] ?? 0;
      at += 2;
    } else {
      const start = at;
      const length = nibbles ? Math.ceil(value / 2) : value;
      write(value, (i) => (nibbles ? nibble(bytes[start + (i >> 1)] ?? 0, i) : (bytes[start + i] ?? 0)));
      at += length + (length % 2);
    }
  }
  return indices;
}

/** The `i`th half byte, the upper half first. */
function nibble(byte: number, i: number): number {
  return i % 2 === 0 ? byte >> 4 : byte & 15;
}
