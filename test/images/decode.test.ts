import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import sharp from 'sharp';
import { decodeLimiter } from '../../lib/images/decode';
import { decode, pixelAt, pngHeader, quarters } from './fixtures';

const photos = join(__dirname, '../../photos');
const folder = mkdtempSync(join(os.tmpdir(), 'mobilenet-images-'));
afterAll(() => rmSync(folder, { recursive: true }));

const save = (name: string, bytes: Uint8Array) => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};
const photo = () => sharp(join(photos, 'coffee.png'));

describe('what an image may be', () => {
  test('a path, a file: URL, bytes, raw pixels and a sharp instance give the same pixels', async () => {
    const path = join(photos, 'chelsea.png');
    const bytes = await sharp(path).png().toBuffer();
    const raw = await sharp(path).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const expected = new Uint8Array(raw.data);
    const { width, height } = raw.info;
    const images = [
      path,
      pathToFileURL(path),
      pathToFileURL(path).href,
      bytes,
      new Uint8Array(bytes),
      new Uint8Array(bytes).buffer,
      `data:image/png;base64,${bytes.toString('base64')}`,
      { data: expected, width, height, channels: 3 },
      sharp(path),
    ];
    for (const image of images) {
      const decoded = await decode(image);
      expect(decoded).toMatchObject({ width: 451, height: 300, sourceWidth: 451, sourceHeight: 300 });
      expect(Buffer.compare(decoded.pixels, expected)).toBe(0);
    }
  });

  test('bytes and pixels of another context are what they are of our own', async () => {
    const elsewhere = createContext();
    const foreign = (bytes: Uint8Array, make: string) => {
      elsewhere.bytes = bytes;
      return runInContext(make, elsewhere) as Uint8Array;
    };
    const path = join(photos, 'chelsea.png');
    const bytes = readFileSync(path);
    const { pixels, width, height } = await decode(path);
    const images = [
      foreign(bytes, 'Uint8Array.from(bytes)'),
      foreign(bytes, 'Uint8Array.from(bytes).buffer'),
      { bytes: foreign(bytes, 'Uint8Array.from(bytes)'), name: 'chelsea' },
      { data: foreign(pixels, 'Uint8Array.from(bytes)'), width, height, channels: 3 },
      { data: foreign(pixels, 'Uint8ClampedArray.from(bytes)'), width, height, channels: 3 },
    ];
    for (const image of images) {
      expect(Buffer.compare((await decode(image)).pixels, pixels)).toBe(0);
    }
  });

  test.each<[string, (picture: sharp.Sharp) => sharp.Sharp]>([
    ['grey', (picture) => picture.grayscale()],
    ['one channel', (picture) => picture.extractChannel('green')],
    ['grey and alpha', (picture) => picture.grayscale().ensureAlpha(0.5)],
    ['alpha', (picture) => picture.ensureAlpha(0.5)],
    ['black and white', (picture) => picture.threshold(100)],
  ])('a pipeline that makes %s gives the pixels of the picture it would write', async (_, make) => {
    const [{ pixels, width, height }, written] = [
      await decode(make(photo())),
      await decode(await make(photo()).png().toBuffer()),
    ];
    expect({ width, height }).toEqual({ width: 600, height: 400 });
    expect(Buffer.compare(pixels, written.pixels)).toBe(0);
  });

  test('raw pixels are copied, and refused when their buffer goes before that', async () => {
    for (const channels of [1, 3, 4]) {
      const raw = { data: new Uint8Array(2000 * 2000 * channels).fill(7), width: 2000, height: 2000, channels };
      const decoding = decode(raw);
      structuredClone(raw.data, { transfer: [raw.data.buffer] });
      const refusal = { code: 'ERR_INVALID_OPTION', message: expect.stringContaining('transferred') };
      await expect(decoding).rejects.toMatchObject(refusal);
    }
    for (const channels of [1, 3, 4]) {
      const kept = { data: new Uint8Array(channels).fill(7), width: 1, height: 1, channels };
      const { pixels } = await decode(kept);
      kept.data.fill(9);
      expect([...pixels]).toEqual([7, 7, 7]);
    }
  });

  test('raw pixels: grey, RGB and RGBA (the default, as ImageData)', async () => {
    const grey = await decode({ data: Uint8Array.of(7, 200), width: 2, height: 1, channels: 1 });
    expect([...grey.pixels]).toEqual([7, 7, 7, 200, 200, 200]);
    const rgba = await decode({ data: Uint8ClampedArray.of(1, 2, 3, 0, 4, 5, 6, 255), width: 1, height: 2 });
    expect([...rgba.pixels]).toEqual([1, 2, 3, 4, 5, 6]);
    // Larger than what is rearranged at a stretch.
    const data = Uint8Array.from({ length: 600 * 500 * 4 }, (_, at) => (at * 7) % 251);
    const large = await decode({ data, width: 600, height: 500 });
    expect(large.pixels).toEqual(data.filter((_, at) => at % 4 !== 3));
    const view = new Uint8Array(Uint8Array.of(9, 9, 1, 2, 3).buffer, 2);
    expect([...(await decode({ data: view, width: 1, height: 1, channels: 3 })).pixels]).toEqual([1, 2, 3]);
  });

  test.each<[unknown, RegExp]>([
    [undefined, /the image but received undefined/],
    ['', /the image but received ''/],
    [42, /the image but received 42/],
    [[], /an array of 0/],
    // Their bytes are a method, where Node has it.
    [Object.assign(new Blob(['a']), { bytes: () => {} }), /the image but received a Blob/],
    ['a\0b', /null bytes/],
    [new URL('ftp://example.org/a.jpg'), /a URL that begins with file:, data:, http:, https:/],
    [{ data: new Uint8Array(4), width: 2, height: 1 }, /expected 8 bytes \(2 x 1 x 4\).*received 4/],
    [{ data: new Uint8Array(4), width: 0, height: 1 }, /the image's width but received 0/],
    [{ data: new Uint8Array(4), width: 2, height: 1, channels: 2 }, /1, 3 or 4 for the image's channels/],
    [{ data: [1, 2, 3, 4], width: 1, height: 1 }, /the image's data but received an array of 4/],
  ])('refuses %p', (image, message) => {
    expect(() => decode(image)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_OPTION', message: expect.stringMatching(message) }),
    );
  });
});

describe('decoding', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('EXIF orientation %i is turned upright', async (orientation) => {
    // What a camera would store, so that turning it by the orientation gives the upright picture again.
    const turns: Record<number, ((picture: sharp.Sharp) => sharp.Sharp)[]> = {
      1: [],
      2: [(picture) => picture.flop()],
      3: [(picture) => picture.rotate(180)],
      4: [(picture) => picture.flip()],
      5: [(picture) => picture.rotate(90), (picture) => picture.flop()],
      6: [(picture) => picture.rotate(270)],
      7: [(picture) => picture.rotate(270), (picture) => picture.flop()],
      8: [(picture) => picture.rotate(90)],
    };
    let picture = await quarters(64, 32).png().toBuffer();
    for (const turn of turns[orientation] as ((picture: sharp.Sharp) => sharp.Sharp)[]) {
      picture = await turn(sharp(picture)).png().toBuffer();
    }
    const stored = await sharp(picture)
      .withMetadata({ orientation })
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .toBuffer();
    for (const image of [stored, sharp(stored)]) {
      const decoded = await decode(image);
      expect(decoded).toMatchObject({ width: 64, height: 32, sourceWidth: 64, sourceHeight: 32 });
      const corners = [pixelAt(decoded, 8, 8), pixelAt(decoded, 56, 8), pixelAt(decoded, 8, 24), pixelAt(decoded, 56, 24)];
      expect(corners.map((color) => color.map((level) => Math.round(level / 255)).join(''))).toEqual([
        '100',
        '010',
        '001',
        '111',
      ]);
    }
  });

  test('alpha is dropped: the colour under transparent pixels counts', async () => {
    const data = Buffer.from([10, 20, 30, 0, 40, 50, 60, 128]);
    const png = await sharp(data, { raw: { width: 2, height: 1, channels: 4 } })
      .png()
      .toBuffer();
    expect([...(await decode(png)).pixels]).toEqual([10, 20, 30, 40, 50, 60]);
  });

  test('grey, 16-bit, palette, CMYK and animated pictures become 8-bit RGB', async () => {
    const reference = (await decode(await photo().png().toBuffer())).pixels;
    const variants = {
      grey: await photo().greyscale().png().toBuffer(),
      grey16: await photo().toColourspace('grey16').png().toBuffer(),
      rgb16: await photo().toColourspace('rgb16').png().toBuffer(),
      palette: await photo().png({ palette: true }).toBuffer(),
      cmyk: await photo().toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer(),
      webp: await photo().webp({ quality: 95 }).toBuffer(),
      tiff: await photo().tiff({ compression: 'lzw' }).toBuffer(),
      avif: await photo().avif({ quality: 90, effort: 0 }).toBuffer(),
    };
    const difference: Record<string, number> = {};
    for (const [name, bytes] of Object.entries(variants)) {
      const { pixels, width, height } = await decode(bytes);
      expect({ name, width, height, bytes: pixels.length }).toEqual({ name, width: 600, height: 400, bytes: 720_000 });
      difference[name] = pixels.reduce((sum, level, i) => sum + Math.abs(level - (reference[i] as number)), 0) / pixels.length;
    }
    expect(difference.rgb16).toBe(0);
    expect(difference.tiff).toBeLessThan(3);
    expect(difference.palette).toBeLessThan(6);
    expect(difference.webp).toBeLessThan(6);
    expect(difference.avif).toBeLessThan(6);
    expect(difference.cmyk).toBeLessThan(12);
    expect(Math.abs((difference.grey as number) - (difference.grey16 as number))).toBeLessThan(1);

    const red = { create: { width: 8, height: 8, channels: 3 as const, background: 'red' } };
    const blue = { create: { width: 8, height: 8, channels: 3 as const, background: 'blue' } };
    const frames = [await sharp(red).png().toBuffer(), await sharp(blue).png().toBuffer()];
    const animated = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer();
    const first = await decode(animated);
    expect(first).toMatchObject({ width: 8, height: 8 });
    expect(pixelAt(first, 4, 4)).toEqual([255, 0, 0]);
  });
});

describe('bad images', () => {
  const failure = (code: string, message: RegExp) => ({ name: 'MobileNetError', code, message: expect.stringMatching(message) });

  test('missing, empty, a directory, not an image: the message names the file', async () => {
    const missing = join(folder, 'missing.jpg');
    await expect(decode(missing)).rejects.toMatchObject(failure('ERR_IMAGE_NOT_FOUND', /missing\.jpg/));
    await expect(decode(pathToFileURL(missing))).rejects.toMatchObject(failure('ERR_IMAGE_NOT_FOUND', /missing\.jpg/));
    await expect(decode(join(save('file.txt', Buffer.from('x')), 'below.jpg'))).rejects.toMatchObject(
      failure('ERR_IMAGE_NOT_FOUND', /no file/),
    );
    await expect(decode(save('empty.jpg', new Uint8Array()))).rejects.toMatchObject(
      failure('ERR_IMAGE_DECODE', /empty\.jpg.*is empty/),
    );
    await expect(decode(folder)).rejects.toMatchObject(failure('ERR_IMAGE_DECODE', /is a directory/));
    await expect(decode(save('text.jpg', Buffer.from('not an image')))).rejects.toMatchObject(
      failure('ERR_IMAGE_DECODE', /text\.jpg.*not a JPEG/),
    );
    await expect(decode(Buffer.alloc(0))).rejects.toMatchObject(failure('ERR_IMAGE_DECODE', /a Buffer of 0 bytes.*is empty/));
    await expect(decode('data:image/png;base64,@@@')).rejects.toMatchObject(
      failure('ERR_IMAGE_DECODE', /a data: URL.*malformed/),
    );
    await expect(decode(sharp(Buffer.from('not an image')))).rejects.toMatchObject(
      failure('ERR_IMAGE_DECODE', /a sharp instance/),
    );
    if (process.platform !== 'win32') {
      await expect(decode('/dev/zero')).rejects.toMatchObject(failure('ERR_IMAGE_DECODE', /not a regular file/));
    }
  });

  test('truncated files of every format', async () => {
    const formats = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const;
    for (const format of formats) {
      const bytes = await photo().toFormat(format).toBuffer();
      await expect(decode(bytes)).resolves.toMatchObject({ width: 600 });
      const cut = save(`cut.${format}`, bytes.subarray(0, bytes.length / 2));
      await expect(decode(cut)).rejects.toMatchObject(failure('ERR_IMAGE_DECODE', new RegExp(`cut\\.${format}`)));
    }
    for (const format of formats) {
      const bytes = await photo().resize(1500).toFormat(format, { effort: 1 }).toBuffer();
      const shrinkFor = () => ({ across: 4.5, down: 4.5 });
      await expect(decode(bytes, { shrinkFor })).resolves.toMatchObject({ sourceWidth: 1500 });
      await expect(decode(bytes.subarray(0, bytes.length / 2), { shrinkFor })).rejects.toMatchObject(
        failure('ERR_IMAGE_DECODE', format === 'jpeg' ? /premature end/ : /a Buffer of/),
      );
    }
  });

  test('a header that asks for 40,000 x 40,000 pixels, before any of them is allocated', async () => {
    const before = process.memoryUsage().rss;
    await expect(decode(pngHeader(40_000, 40_000))).rejects.toMatchObject(
      failure('ERR_IMAGE_TOO_LARGE', /has 40000 x 40000 pixels, more than maxPixels allows \(134217728\)/),
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="30000" height="30000"/>');
    await expect(decode(svg)).rejects.toMatchObject(failure('ERR_IMAGE_TOO_LARGE', /30000 x 30000/));
    const jpeg = await photo().jpeg().toBuffer();
    const encoded = [
      jpeg,
      ...(await Promise.all((['png', 'webp', 'gif', 'tiff'] as const).map((format) => photo().toFormat(format).toBuffer()))),
    ];
    for (const options of [{}, { shrinkFor: () => ({ across: 8, down: 8 }) }]) {
      for (const bytes of encoded) {
        await expect(decode(bytes, { maxPixels: 239_999, ...options })).rejects.toMatchObject(
          failure('ERR_IMAGE_TOO_LARGE', /600 x 400/),
        );
      }
    }
    await expect(decode(jpeg, { maxPixels: 240_000 })).resolves.toMatchObject({ width: 600 });
    const raw = { data: new Uint8Array(300), width: 10, height: 10, channels: 3 };
    await expect(decode(raw, { maxPixels: 99 })).rejects.toMatchObject(failure('ERR_IMAGE_TOO_LARGE', /10 x 10/));
    await expect(decode(photo(), { maxPixels: 99 })).rejects.toMatchObject(failure('ERR_IMAGE_TOO_LARGE', /600 x 400/));
  });

  test('damaged bytes anywhere give a picture or an error of ours', async () => {
    for (const format of ['jpeg', 'png', 'gif', 'webp'] as const) {
      const bytes = await photo().resize(64).toFormat(format).toBuffer();
      for (let round = 0; round < 40; round++) {
        const damaged = Buffer.from(bytes);
        for (let at = (round * 7) % 61; at < damaged.length; at += 101 + round * 13) {
          damaged[at] = (damaged[at] as number) ^ (1 << (round % 8));
        }
        for (const shrinkFor of [undefined, () => ({ across: 5, down: 5 })]) {
          const outcome = await decode(damaged, { maxPixels: 1e6, shrinkFor }).catch((error) => error.name);
          expect(outcome === 'MobileNetError' || outcome.pixels.length === outcome.width * outcome.height * 3).toBe(true);
        }
      }
    }
  });
});

describe('abort', () => {
  test('before, while decoding, and while waiting for a decoder; no place is lost', async () => {
    const aborted = AbortSignal.abort();
    await expect(decode(photo(), { signal: aborted })).rejects.toBe(aborted.reason);
    const large = await photo().resize(4000).jpeg().toBuffer();
    for (let round = 0; round < 3; round++) {
      const controller = new AbortController();
      const decodings = Array.from({ length: decodeLimiter.limit + 2 }, () => decode(large, { signal: controller.signal }));
      const outcomes = Promise.allSettled(decodings);
      setTimeout(() => controller.abort(), 5);
      for (const outcome of await outcomes) {
        expect(outcome).toEqual({ status: 'rejected', reason: controller.signal.reason });
      }
    }
    await expect(decode(large)).resolves.toMatchObject({ width: 4000 });
  });

  test('a sharp pipeline that is never fed can be aborted and holds up nobody', async () => {
    const controller = new AbortController();
    const unfed = Array.from({ length: decodeLimiter.limit + 1 }, () => decode(sharp(), { signal: controller.signal }));
    const outcomes = Promise.allSettled(unfed);
    await expect(decode(join(photos, 'coffee.png'))).resolves.toMatchObject({ width: 600 });
    controller.abort();
    expect((await outcomes).every(({ status }) => status === 'rejected')).toBe(true);
  });
});
