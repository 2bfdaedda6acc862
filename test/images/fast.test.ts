import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { decode, pixelAt, pngChunk, quarters } from './fixtures';

const photo = () => sharp(join(__dirname, '../../photos/coffee.png'));
/** Large enough to be shrunk, of sides that no shrinking divides. */
const width = 1501;
const height = 1003;
const large = () => photo().resize(width, height, { fit: 'fill' });
const shrinkFor = () => ({ across: 8.4, down: 7 });
/** Twice what is asked for. */
const shrunkSize = { width: 357, height: 286, sourceWidth: width, sourceHeight: height };

/** What shrinking gives where the picture is first decoded whole, its alpha dropped. */
async function shrunkAfterwards(bytes: Uint8Array) {
  const { pixels, width, height } = await decode(bytes);
  const raw = { width, height, channels: 3 as const };
  const size = { width: shrunkSize.width, height: shrunkSize.height };
  return sharp(pixels, { raw })
    .resize({ ...size, fit: 'fill', kernel: 'linear' })
    .raw()
    .toBuffer();
}

function largestDifference(one: Uint8Array, other: Uint8Array): number {
  expect(one).toHaveLength(other.length);
  return one.reduce((largest, level, at) => Math.max(largest, Math.abs(level - (other[at] as number))), 0);
}

function meanDifference(one: Uint8Array, other: Uint8Array): number {
  expect(one).toHaveLength(other.length);
  return one.reduce((sum, level, at) => sum + Math.abs(level - (other[at] as number)), 0) / one.length;
}

/** The photo with colours under an alpha that has nothing to do with them. */
async function withAlpha() {
  const { data } = await large().removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const rgba = Buffer.alloc(width * height * 4);
  for (let pixel = 0; pixel < width * height; pixel++) {
    data.copy(rgba, pixel * 4, pixel * 3, pixel * 3 + 3);
    rgba[pixel * 4 + 3] = (pixel * 37) % 3 === 0 ? 0 : (pixel * 91) % 256;
  }
  return sharp(rgba, { raw: { width, height, channels: 4 } });
}

describe('fast mode', () => {
  test('has the decoder of JPEGs shrink them, and says the size of the source', async () => {
    const jpeg = await photo().resize(3001, 2001, { fit: 'fill' }).jpeg().toBuffer();
    const sizes: string[] = [];
    const shrink = (width: number, height: number) => {
      sizes.push(`${width}x${height}`);
      return { across: 4.5, down: 9 };
    };
    const fast = await decode(jpeg, { shrinkFor: shrink });
    expect(fast).toMatchObject({ width: 666, height: 222, sourceWidth: 3001, sourceHeight: 2001 });
    expect(fast.pixels).toHaveLength(666 * 222 * 3);
    const turned = await decode(await sharp(jpeg).withMetadata({ orientation: 6 }).toBuffer(), { shrinkFor: shrink });
    expect(turned).toMatchObject({ width: 444, height: 333, sourceWidth: 2001, sourceHeight: 3001 });
    expect(sizes).toEqual(['3001x2001', '2001x3001']);
    const little = () => ({ across: 9, down: 3.9 });
    expect(await decode(jpeg, { shrinkFor: little })).toMatchObject({ width: 3001, height: 2001 });
  });

  test.each<[string, number, () => Promise<Buffer>]>([
    ['PNG', 0, () => large().png().toBuffer()],
    ['interlaced PNG', 0, () => large().png({ progressive: true }).toBuffer()],
    ['PNG with a palette', 0, () => large().png({ palette: true }).toBuffer()],
    ['grey PNG', 0, () => large().greyscale().png().toBuffer()],
    ['16-bit PNG', 2, () => large().toColourspace('rgb16').png().toBuffer()],
    ['grey 16-bit PNG', 2, () => large().toColourspace('grey16').png().toBuffer()],
    ['interlaced 16-bit PNG', 2, () => large().toColourspace('rgb16').png({ progressive: true }).toBuffer()],
    ['PNG with a colour profile', 1, () => large().withIccProfile('p3').png().toBuffer()],
    ['PNG with alpha', 0, async () => (await withAlpha()).png().toBuffer()],
    ['16-bit PNG with alpha', 0, async () => (await withAlpha()).toColourspace('rgb16').png().toBuffer()],
    ['grey PNG with alpha', 0, async () => (await withAlpha()).toColourspace('b-w').png().toBuffer()],
    ['TIFF in strips', 0, () => large().tiff({ compression: 'lzw' }).toBuffer()],
    ['TIFF in tiles', 0, () => large().tiff({ compression: 'deflate', tile: true }).toBuffer()],
    ['TIFF with alpha', 0, async () => (await withAlpha()).tiff({ compression: 'deflate' }).toBuffer()],
    ['GIF', 0, () => large().gif({ effort: 1 }).toBuffer()],
  ])('%s: shrinks as it would what exact decoding gives', async (_, tolerance, encode) => {
    const bytes = await encode();
    const fast = await decode(bytes, { shrinkFor });
    expect(fast).toMatchObject(shrunkSize);
    expect(largestDifference(fast.pixels, await shrunkAfterwards(bytes))).toBeLessThanOrEqual(tolerance);
  });

  test('leaves a row of a picture that is thinner than that', async () => {
    const shrink = () => ({ across: 20, down: 20 });
    const thin = photo().resize(1200, 8, { fit: 'fill' });
    const source = { sourceWidth: 1200, sourceHeight: 8 };
    expect(await decode(await thin.jpeg().toBuffer(), { shrinkFor: shrink })).toMatchObject({ width: 60, height: 1, ...source });
    expect(await decode(await thin.png().toBuffer(), { shrinkFor: shrink })).toMatchObject({ width: 120, height: 1, ...source });
  });

  test('CMYK TIFFs and WebPs come close to that', async () => {
    const encoded = {
      cmyk: await large().toColourspace('cmyk').tiff({ compression: 'deflate' }).toBuffer(),
      webp: await large().webp({ effort: 0 }).toBuffer(),
      lossless: await large().webp({ lossless: true, effort: 0 }).toBuffer(),
    };
    for (const [name, bytes] of Object.entries(encoded)) {
      const fast = await decode(bytes, { shrinkFor });
      expect({ name, ...fast }).toMatchObject({ name, ...shrunkSize });
      expect(meanDifference(fast.pixels, await shrunkAfterwards(bytes))).toBeLessThan(1.5);
    }
  });

  test('what has nothing to gain, or whose levels have no averages, is decoded whole', async () => {
    const whole = { width, height, sourceWidth: width, sourceHeight: height };
    const interlaced = await (await withAlpha()).png({ progressive: true }).toBuffer();
    const webp = await (await withAlpha()).webp({ lossless: true, exact: true, effort: 0 }).toBuffer();
    const gif = await (await withAlpha()).gif({ effort: 1 }).toBuffer();
    const lab = await large().toColourspace('lab').tiff({ compression: 'deflate' }).toBuffer();
    const linear = await large().toColourspace('scrgb').tiff({ compression: 'deflate' }).toBuffer();
    const avif = await large().avif({ effort: 0 }).toBuffer();
    const svg = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"/>`);
    for (const bytes of [interlaced, webp, gif, lab, linear, avif, svg]) {
      const fast = await decode(bytes, { shrinkFor });
      expect(fast).toMatchObject(whole);
      expect(Buffer.compare(fast.pixels, (await decode(bytes)).pixels)).toBe(0);
    }
    const png = await large().png().toBuffer();
    for (const [across, down] of [
      [3.9, 4],
      [7.9, 1.5],
      [0.5, 0.5],
    ] as const) {
      expect(await decode(png, { shrinkFor: () => ({ across, down }) })).toMatchObject(whole);
    }
    const alongOneSide = await decode(png, { shrinkFor: () => ({ across: 10, down: 0.5 }) });
    expect(alongOneSide).toMatchObject({ width: 300, height, sourceWidth: width, sourceHeight: height });
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('EXIF orientation %i: upright, in the size of the upright picture', async (orientation) => {
    const upright = orientation < 5 ? { width: 1200, height: 800 } : { width: 800, height: 1200 };
    for (const format of ['png', 'webp', 'tiff'] as const) {
      for (const picture of [quarters(1200, 800), quarters(1200, 800).ensureAlpha(0.5)]) {
        const bytes = await picture.withMetadata({ orientation }).toFormat(format, { effort: 1 }).toBuffer();
        const exact = await decode(bytes);
        const fast = await decode(bytes, { shrinkFor: () => ({ across: 10, down: 20 }) });
        expect(fast).toMatchObject({ sourceWidth: upright.width, sourceHeight: upright.height });
        for (const [x, y] of [
          [0.1, 0.1],
          [0.9, 0.1],
          [0.1, 0.9],
          [0.9, 0.9],
        ] as const) {
          const [here, there] = [fast, exact].map((image) =>
            pixelAt(image, Math.floor(image.width * x), Math.floor(image.height * y)),
          );
          expect({ format, x, y, color: here }).toEqual({ format, x, y, color: there });
        }
      }
    }
  });

  test('a colour that a PNG declares transparent stays what it is', async () => {
    const rows = Buffer.alloc((1 + width * 3) * height);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        rows.set((x + y) % 2 === 0 ? [200, 10, 30] : [0, 100, 250], y * (1 + width * 3) + 1 + x * 3);
      }
    }
    const header = Buffer.alloc(13);
    header.writeUInt32BE(width, 0);
    header.writeUInt32BE(height, 4);
    header.set([8, 2, 0, 0, 0], 8);
    const png = Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      pngChunk('IHDR', header),
      pngChunk('tRNS', Buffer.from([0, 200, 0, 10, 0, 30])),
      pngChunk('IDAT', deflateSync(rows)),
      pngChunk('IEND', Buffer.alloc(0)),
    ]);
    const fast = await decode(png, { shrinkFor });
    expect(fast).toMatchObject(shrunkSize);
    expect(largestDifference(fast.pixels, await shrunkAfterwards(png))).toBe(0);
    const middle = pixelAt(fast, 100, 100);
    expect(largestDifference(Uint8Array.from(middle), Uint8Array.of(100, 55, 140))).toBeLessThan(8);
  });

  test('gives the same whatever number of threads libvips has, and whatever is decoded beside it', async () => {
    const encoded = [
      await large().png().toBuffer(),
      await large().webp({ effort: 0 }).toBuffer(),
      await large().tiff({ compression: 'deflate', tile: true }).toBuffer(),
      await (await withAlpha()).png().toBuffer(),
    ];
    const alone: Uint8Array[] = [];
    for (const bytes of encoded) {
      alone.push((await decode(bytes, { shrinkFor })).pixels);
    }
    const threads = sharp.concurrency();
    try {
      for (const number of [1, 3, 8]) {
        sharp.concurrency(number);
        const together = await Promise.all([...encoded, ...encoded].map((bytes) => decode(bytes, { shrinkFor })));
        for (const [place, { pixels }] of together.entries()) {
          expect(Buffer.compare(pixels, alone[place % encoded.length] as Uint8Array)).toBe(0);
        }
      }
    } finally {
      sharp.concurrency(threads);
    }
  });
});
