import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import sharp from 'sharp';
import { MobileNetError } from '../../lib/errors';
import { acquireMemory, type DecodeOptions, decodeLimiter } from '../../lib/images/decode';
import { bmp, decode } from './fixtures';

const coffee = join(__dirname, '../../photos/coffee.png');
const photo = () => sharp(coffee);

describe('memory is asked for before a picture is decoded', () => {
  /** The bytes asked for, then those kept. */
  const asked = async (image: unknown, options: Partial<DecodeOptions> = {}) => {
    const bytes: number[] = [];
    const reserve = async (wanted: number) => {
      bytes.push(wanted);
      return (kept = 0) => {
        bytes.push(kept);
      };
    };
    await decode(image, { reserve, ...options });
    return bytes;
  };
  const large = () => photo().resize(3001, 2001, { fit: 'fill' });
  const pixels = 3001 * 2001;
  const shrinkFor = () => ({ across: 4.5, down: 4.5 });
  /** Twice what is asked for, and its copy. */
  const small = 1333 * 889 * 6;

  test('as many bytes as there are pixels, twice', async () => {
    expect(await asked(await large().jpeg().toBuffer())).toEqual([pixels * 6, pixels * 6]);
    expect((await asked(photo()))[0]).toBe(600 * 400 * 6);
    expect(await asked({ data: new Uint8Array(12), width: 4, height: 1, channels: 3 })).toEqual([24]);
    expect(await asked(bmp({ width: 2, height: 1, bitsPerPixel: 24, data: Buffer.alloc(8) }))).toEqual([12]);
  });

  test('more, where the decoder holds more, and that is given back when it is done', async () => {
    expect(await asked(await large().webp({ effort: 0 }).toBuffer())).toEqual([pixels * 8, pixels * 6]);
    expect(await asked(await photo().avif({ effort: 0 }).toBuffer())).toEqual([600 * 400 * 18, 600 * 400 * 6]);
    const interlaced16 = await photo().toColourspace('rgb16').png({ progressive: true }).toBuffer();
    expect(await asked(interlaced16)).toEqual([600 * 400 * 9, 600 * 400 * 6]);
  });

  test('fewer for a picture that is shrunk', async () => {
    const jpeg = await large().jpeg().toBuffer();
    expect(await asked(jpeg, { shrinkFor })).toEqual([666 * 444 * 6, 666 * 444 * 6]);
    const progressive = await large().jpeg({ progressive: true }).toBuffer();
    expect(await asked(progressive, { shrinkFor })).toEqual([pixels * 6, 666 * 444 * 6]);
    for (const format of ['png', 'tiff'] as const) {
      const [wanted, kept] = await asked(await large().toFormat(format).toBuffer(), { shrinkFor });
      expect({ format, kept }).toEqual({ format, kept: small });
      expect(wanted).toBeLessThanOrEqual(pixels * 6);
    }
    // High enough for its rows to be far more than those that are held.
    const tall = await photo().resize(500, 20_000, { fit: 'fill' }).png().toBuffer();
    const rows = 2048 + 320 * (sharp.concurrency() - 1);
    const made = 500 * 4000 * 6;
    expect(await asked(tall, { shrinkFor: () => ({ across: 2, down: 10 }) })).toEqual([500 * 3 * rows + made, made]);
    const interlaced = await sharp(tall).png({ progressive: true }).toBuffer();
    const held = 500 * 20_000 * 3;
    expect(await asked(interlaced, { shrinkFor: () => ({ across: 2, down: 10 }) })).toEqual([500 * 3 * rows + made + held, made]);
  });

  test('alpha has the picture held once, and nothing given back before all is', async () => {
    const png = await photo().resize(500, 20_000, { fit: 'fill' }).ensureAlpha(0.5).png().toBuffer();
    const rows = 2048 + 320 * (sharp.concurrency() - 1);
    const bytes = 500 * 4 * rows + 500 * 20_000 * 3 + 500 * 4000 * 6;
    expect(await asked(png, { shrinkFor: () => ({ across: 2, down: 10 }) })).toEqual([bytes]);
  });

  test('and not for one that is too large', async () => {
    const reserve = jest.fn(async () => () => {});
    for (const options of [{}, { shrinkFor }]) {
      await expect(decode(coffee, { reserve, maxPixels: 1000, ...options })).rejects.toMatchObject({
        code: 'ERR_IMAGE_TOO_LARGE',
      });
    }
    expect(reserve).not.toHaveBeenCalled();
  });

  test('what is refused is not decoded', async () => {
    const refuse = () => Promise.reject(new MobileNetError('ERR_OUT_OF_MEMORY', 'no room'));
    await expect(decode(coffee, { reserve: refuse })).rejects.toMatchObject({ code: 'ERR_OUT_OF_MEMORY' });
  });
});

test('pictures that wait for memory keep no decoder from those who have it', async () => {
  const release = await acquireMemory(Number.MAX_SAFE_INTEGER);
  const stopping = new AbortController();
  const { signal } = stopping;
  let waiting = 0;
  const allWait = new EventEmitter();
  const reserve = (bytes: number) => {
    if (++waiting === images.length) {
      allWait.emit('now');
    }
    return acquireMemory(bytes, signal);
  };
  const raw = { data: new Uint8Array(12), width: 4, height: 1, channels: 3 };
  const oneBmp = bmp({ width: 2, height: 1, bitsPerPixel: 24, data: Buffer.alloc(8) });
  const images = Array.from({ length: decodeLimiter.limit }, () => [coffee, raw, oneBmp]).flat();
  const outcomes = Promise.allSettled(images.map((image) => decode(image, { reserve, signal })));
  await once(allWait, 'now');
  // As drawing does, for which the memory was acquired before.
  await expect(decode(coffee)).resolves.toMatchObject({ width: 600 });
  stopping.abort();
  for (const outcome of await outcomes) {
    expect(outcome).toEqual({ status: 'rejected', reason: signal.reason });
  }
  release();
});

test('libvips keeps nothing of what its decoders held, and its limits stay', async () => {
  const large = () => sharp(coffee).resize(1500, 1000, { fit: 'fill' });
  const shrinkFor = () => ({ across: 5, down: 5 });
  const gif = await large().gif({ effort: 1 }).toBuffer();
  const png = await large().png({ progressive: true }).toBuffer();
  const jpeg = await large().jpeg({ progressive: true }).toBuffer();
  const before = sharp.cache();
  try {
    const { memory, files, items } = sharp.cache({ memory: 33, files: 11, items: 77 });
    for (const [bytes, options] of [
      [gif, {}],
      [gif, { shrinkFor }],
      [png, {}],
      [png, { shrinkFor }],
      [jpeg, { shrinkFor }],
    ] as const) {
      await decode(bytes, { reserve: async () => () => {}, ...options });
      const kept = sharp.cache();
      expect(kept.items.current).toBe(0);
      expect([kept.memory.max, kept.files.max, kept.items.max]).toEqual([memory.max, files.max, items.max]);
    }
  } finally {
    sharp.cache({ memory: before.memory.max, files: before.files.max, items: before.items.max });
  }
});
