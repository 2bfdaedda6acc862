import sharp from 'sharp';
import { type DecodeOptions, decodeImage, defaultMaxPixels } from '../../lib/images/decode';
import { checkImage } from '../../lib/images/image';

/** Decodes with default options. */
export function decode(image: unknown, options: Partial<DecodeOptions> = {}) {
  return decodeImage(checkImage(image), { maxPixels: defaultMaxPixels, ...options });
}

/** The colour of one pixel. */
export function pixelAt({ pixels, width }: { pixels: Uint8Array; width: number }, x: number, y: number): number[] {
  const start = (y * width + x) * 3;
  return [...pixels.subarray(start, start + 3)];
}

/** Four quarters: red, green on top, blue, white below. The sides must be even. */
export function quarters(width: number, height: number) {
  const data = Buffer.alloc(width * height * 3);
  const colors = [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [255, 255, 255],
  ] as const;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data.set(colors[(y < height / 2 ? 0 : 2) + (x < width / 2 ? 0 : 1)] as readonly number[], (y * width + x) * 3);
    }
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) {
    crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  }
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc = (crcTable[(crc ^ byte) & 255] as number) ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** A part of a PNG file. */
export function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, crc]);
}

/** A PNG that promises a size and holds almost nothing. */
export function pngHeader(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    pngChunk('IHDR', header),
    pngChunk('IDAT', Buffer.from([0x78, 0x9c])),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

export interface BmpParts {
  width: number;
  /** Negative: rows from the top. */
  height: number;
  bitsPerPixel: number;
  compression?: number;
  /** Bytes after the 40-byte header: masks and palette. */
  extra?: Buffer;
  data: Buffer;
  /** Unused bytes between palette and pixels. */
  gap?: number;
}

/** A BMP file from its parts. */
export function bmp({ width, height, bitsPerPixel, compression = 0, extra = Buffer.alloc(0), data, gap = 0 }: BmpParts): Buffer {
  const header = Buffer.alloc(54);
  const pixelOffset = 54 + extra.length + gap;
  header.write('BM', 'latin1');
  header.writeUInt32LE(pixelOffset + data.length, 2);
  header.writeUInt32LE(pixelOffset, 10);
  header.writeUInt32LE(40, 14);
  header.writeInt32LE(width, 18);
  header.writeInt32LE(height, 22);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(bitsPerPixel, 28);
  header.writeUInt32LE(compression, 30);
  return Buffer.concat([header, extra, Buffer.alloc(gap, 0xee), data]);
}
