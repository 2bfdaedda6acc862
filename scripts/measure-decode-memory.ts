/*
 * Measures the memory and the time that a picture of 100 megapixels takes in each format, decoded exactly and by `decode: 'fast'`, and prints
 * a table for the documentation:
 *
 *     node scripts/run-ts.mjs scripts/measure-decode-memory.ts [FORMAT…]
 *
 * The picture is a photo of the project, enlarged. Each is classified in a process of its own, whose peak counts: Node, sharp and the network
 * among it. On Linux only.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { Classifier } from '../lib/index';
import { photoFile } from './golden-file';

const model = 'mobilenet-v1-0.25-224';
const megapixels = 100;
const runs = 3;

const formats: Record<string, (picture: Sharp) => Sharp> = {
  JPEG: (picture) => picture.jpeg({ quality: 90 }),
  PNG: (picture) => picture.png({ compressionLevel: 1 }),
  'PNG, interlaced': (picture) => picture.png({ compressionLevel: 1, progressive: true }),
  'PNG, 16 bits': (picture) => picture.toColourspace('rgb16').png({ compressionLevel: 1 }),
  'PNG with alpha': (picture) => picture.ensureAlpha(0.5).png({ compressionLevel: 1 }),
  'TIFF, LZW, strips': (picture) => picture.tiff({ compression: 'lzw' }),
  'TIFF, deflate, tiles': (picture) => picture.tiff({ compression: 'deflate', tile: true }),
  WebP: (picture) => picture.webp({ effort: 0 }),
  'WebP, lossless': (picture) => picture.webp({ lossless: true, effort: 0 }),
  GIF: (picture) => picture.gif({ effort: 1, dither: 0 }),
  AVIF: (picture) => picture.avif({ effort: 0 }),
};

interface Measured {
  /** Of the process, in MiB. */
  peak: number;
  /** Milliseconds. */
  decode: number;
}

async function enlarge(): Promise<Sharp> {
  const photo = photoFile('chelsea.png');
  const { width, height } = await sharp(photo).metadata();
  const factor = Math.sqrt((megapixels * 1e6) / (width * height));
  const enlarged = sharp(photo)
    .removeAlpha()
    .resize(Math.round(width * factor), Math.round(height * factor), { fit: 'fill' });
  const { data, info } = await enlarged.raw().toBuffer({ resolveWithObject: true });
  return sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } });
}

/** Of this process alone: what `getrusage` says begins with the memory of the process that started it. */
async function peakMemory(): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

/** What the process that is started for one picture does. */
async function measureOne(file: string, decode: 'exact' | 'fast'): Promise<void> {
  await using classifier = await Classifier.load(model, { device: 'cpu', decode });
  const { timing } = await classifier.classify(file);
  const measured: Measured = { peak: await peakMemory(), decode: timing.decode };
  console.log(JSON.stringify(measured));
}

/** The median of several processes. */
function measure(file: string, decode: 'exact' | 'fast'): Measured {
  const starter = path.join(__dirname, 'run-ts.mjs');
  const measured = Array.from({ length: runs }, () => {
    const output = execFileSync(process.execPath, [starter, __filename, '--one', file, decode], { encoding: 'utf8' });
    return JSON.parse(output) as Measured;
  });
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] as number;
  return { peak: median(measured.map(({ peak }) => peak)), decode: median(measured.map(({ decode }) => decode)) };
}

async function main(wanted: string[]): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mobilenet-decode-memory-'));
  try {
    const picture = await enlarge();
    console.log('| format | peak of memory, exact → fast | decode, exact → fast |');
    console.log('|---|---|---|');
    for (const [name, encode] of Object.entries(formats)) {
      if (wanted.length > 0 && !wanted.includes(name)) {
        continue;
      }
      const file = path.join(folder, 'picture');
      await writeFile(file, await encode(picture.clone()).toBuffer());
      const [exact, fast] = [measure(file, 'exact'), measure(file, 'fast')];
      const peaks = `${exact.peak.toFixed(0)} → ${fast.peak.toFixed(0)} MiB`;
      console.log(`| ${name} | ${peaks} | ${exact.decode.toFixed(0)} → ${fast.decode.toFixed(0)} ms |`);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

const [first, file, decode] = process.argv.slice(2);
const work =
  first === '--one' && file && (decode === 'exact' || decode === 'fast') ? measureOne(file, decode) : main(process.argv.slice(2));
work.catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
