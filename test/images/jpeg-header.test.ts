import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { readJpegHeader } from '../../lib/images/jpeg-header';

const photo = join(__dirname, '../../photos/rocket.jpg');
const small = () => sharp(photo).resize(37, 23, { fit: 'fill' });

/** What libvips says of the same file; undefined where it refuses it. */
async function fromLibvips(bytes: Uint8Array) {
  try {
    const { width, height, isProgressive, orientation, autoOrient } = await sharp(bytes).metadata();
    return { width, height, progressive: isProgressive, orientation: orientation ?? 1, autoOrient };
  } catch {
    return undefined;
  }
}

async function expectTheSame(bytes: Uint8Array) {
  const { autoOrient, ...expected } = (await fromLibvips(bytes)) as NonNullable<Awaited<ReturnType<typeof fromLibvips>>>;
  expect(readJpegHeader(bytes)).toEqual(expected);
  return autoOrient;
}

test('size and kind of many JPEGs, as libvips reads them', async () => {
  await expectTheSame(readFileSync(photo));
  await expectTheSame(await small().jpeg().toBuffer());
  await expectTheSame(await small().jpeg({ progressive: true }).toBuffer());
  await expectTheSame(await small().grayscale().jpeg().toBuffer());
  await expectTheSame(await small().toColourspace('cmyk').jpeg().toBuffer());
  await expectTheSame(await small().withIccProfile('p3').jpeg({ chromaSubsampling: '4:4:4', optimiseCoding: false }).toBuffer());
  await expectTheSame(
    await small()
      .withExif({ IFD0: { Copyright: 'nobody', Software: 'x' } })
      .jpeg({ mozjpeg: true })
      .toBuffer(),
  );
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])('orientation %d', async (orientation) => {
  const bytes = await small().withMetadata({ orientation }).jpeg().toBuffer();
  const { width, height } = await expectTheSame(bytes);
  const header = readJpegHeader(bytes);
  expect([width, height]).toEqual(orientation < 5 ? [37, 23] : [23, 37]);
  expect(header?.orientation).toBe(orientation);
});

test('both byte orders of EXIF', async () => {
  const bytes = await small().withMetadata({ orientation: 6 }).jpeg().toBuffer();
  const start = bytes.indexOf('Exif\0\0') + 6;
  const order = bytes.toString('latin1', start, start + 2);
  const tiff = Buffer.alloc(26);
  const write = order === 'II' ? 'BE' : 'LE';
  tiff.write(write === 'BE' ? 'MM' : 'II', 'latin1');
  const short = (value: number, at: number) => (write === 'BE' ? tiff.writeUInt16BE(value, at) : tiff.writeUInt16LE(value, at));
  const long = (value: number, at: number) => (write === 'BE' ? tiff.writeUInt32BE(value, at) : tiff.writeUInt32LE(value, at));
  short(42, 2);
  long(8, 4);
  short(1, 8);
  short(0x0112, 10);
  short(3, 12);
  long(1, 14);
  short(8, 18);
  const segment = Buffer.concat([Buffer.from('Exif\0\0'), tiff]);
  const head = Buffer.from([0xff, 0xe1, 0, segment.length + 2]);
  const plain = await small().jpeg().toBuffer();
  const other = Buffer.concat([plain.subarray(0, 2), head, segment, plain.subarray(2)]);
  await expectTheSame(other);
  expect(readJpegHeader(other)?.orientation).toBe(8);
});

test('what is no JPEG, or no whole header, is left to libvips', async () => {
  const bytes = await small().withMetadata({ orientation: 6 }).jpeg().toBuffer();
  const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]));
  for (let length = 0; length < frame + 10; length++) {
    expect(readJpegHeader(bytes.subarray(0, length))).toBeUndefined();
  }
  expect(readJpegHeader(await small().png().toBuffer())).toBeUndefined();
  expect(readJpegHeader(Buffer.alloc(1000, 0xff))).toBeUndefined();
});

test('whatever bytes are changed: what it says libvips says as well, or refuses the file', async () => {
  const bytes = await small().withMetadata({ orientation: 3 }).jpeg().toBuffer();
  const frame = bytes.indexOf(Buffer.from([0xff, 0xc0])) + 19;
  let state = 5;
  const random = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
  let read = 0;
  for (let round = 0; round < 1500; round++) {
    const changed = Buffer.from(bytes);
    for (let change = 0; change <= random(3); change++) {
      changed[random(frame)] = random(256);
    }
    const header = readJpegHeader(changed);
    const expected = header && (await fromLibvips(changed));
    if (header && expected) {
      read++;
      const { width, height } = header.orientation < 5 ? header : { width: header.height, height: header.width };
      expect({ width, height, progressive: header.progressive }).toEqual({
        ...expected.autoOrient,
        progressive: expected.progressive,
      });
    }
  }
  expect(read).toBeGreaterThan(100);
});
