import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';

// Small files that unpack to enormous things.

function chunk(type: string, data: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(8);
  out.writeUInt32BE(data.length, 0);
  out.writeUInt32BE(checksum(named), 4);
  return Buffer.concat([out.subarray(0, 4), named, out.subarray(4)]);
}

/** Node before 22.2 has no crc32. */
function checksum(bytes: Uint8Array): number {
  if (typeof crc32 === 'function') {
    return crc32(bytes);
  }
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    }
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function png(width: number, height: number, ...chunks: Buffer[]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8-bit grey.
  header.set([8, 0, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), ...chunks, chunk('IEND', Buffer.alloc(0))]);
}

const zeros = (bytes: number) => deflateSync(Buffer.alloc(bytes), { level: 9 });
const data = (bytes: number) => chunk('IDAT', zeros(bytes));

/** `<!ENTITY b "&a;&a;…">` over and over. */
function billionLaughs(): Buffer {
  const entities = Array.from({ length: 9 }, (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`);
  const text = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><text>&e9;</text></svg>';
  return Buffer.from(`<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY e0 "ha">${entities.join('')}]>${text}`);
}

const svg = (size: string, content: string) =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ${size}>${content}</svg>`);

function bmp(width: number, height: number): Buffer {
  const header = Buffer.alloc(54);
  header.write('BM', 0, 'latin1');
  header.writeUInt32LE(54, 10);
  header.writeUInt32LE(40, 14);
  header.writeInt32LE(width, 18);
  header.writeInt32LE(height, 22);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(24, 28);
  return header;
}

/** A GIF whose screen is as large as can be. */
async function gif(): Promise<Buffer> {
  const small = await sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } })
    .gif()
    .toBuffer();
  small.writeUInt16LE(65_535, 6);
  small.writeUInt16LE(65_535, 8);
  return small;
}

/** A JPEG that says it is as large as can be. */
async function jpeg(): Promise<Buffer> {
  const small = await sharp({ create: { width: 16, height: 16, channels: 3, background: 'red' } })
    .jpeg()
    .toBuffer();
  const frame = small.indexOf(Buffer.from([0xff, 0xc0]));
  small.writeUInt16BE(65_500, frame + 5);
  small.writeUInt16BE(65_500, frame + 7);
  return small;
}

export async function bombs(): Promise<[name: string, bytes: Buffer][]> {
  return [
    ['a PNG of 900 megapixels', png(30_000, 30_000, data(50_000_000))],
    ['a PNG of 2^31 x 1 pixels', png(2 ** 31 - 1, 1, data(1000))],
    ['a PNG within the limit, all of it', png(11_000, 12_000, data(11_001 * 12_000))],
    [
      'a PNG whose colour profile unpacks to 512 MiB',
      png(8, 8, chunk('iCCP', Buffer.concat([Buffer.from('x\0\0'), zeros(2 ** 29)])), data(72)),
    ],
    [
      'a PNG whose text unpacks to 512 MiB',
      png(8, 8, chunk('zTXt', Buffer.concat([Buffer.from('x\0\0'), zeros(2 ** 29)])), data(72)),
    ],
    [
      'a PNG with 100,000 texts',
      png(8, 8, ...Array.from({ length: 100_000 }, () => chunk('tEXt', Buffer.from('a\0b'))), data(72)),
    ],
    ['a GIF of 65,535 x 65,535', await gif()],
    ['a JPEG of 65,500 x 65,500', await jpeg()],
    ['a BMP of 2^30 x 2^30', bmp(2 ** 30, 2 ** 30)],
    ['a BMP within the limit, without its pixels', bmp(11_000, 12_000)],
    ['an SVG of a billion laughs', billionLaughs()],
    ['an SVG of 10^9 x 10^9', svg('width="1000000000" height="1000000000"', '<rect width="1" height="1"/>')],
    [
      'an SVG that shows a file',
      svg('width="64" height="64"', '<image xlink:href="file:///etc/passwd" width="64" height="64"/>'),
    ],
    [
      'an SVG with a file in it as an entity',
      Buffer.from(
        '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY f SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><text y="20">&f;</text></svg>',
      ),
    ],
    ['an SVG that nests 20,000 deep', svg('width="8" height="8"', '<g>'.repeat(20_000) + '</g>'.repeat(20_000))],
    ['an SVG that uses itself', svg('width="8" height="8"', '<g id="a"><use xlink:href="#a"/></g>')],
  ];
}
