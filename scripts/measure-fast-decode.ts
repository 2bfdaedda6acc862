/*
 * Measures what `decode: 'fast'` saves and what it does to the scores, and prints a table for the documentation:
 *
 *     node scripts/run-ts.mjs scripts/measure-fast-decode.ts [FILE…]
 *
 * Without arguments the pictures are the project's photos, enlarged to 12 megapixels (the size of a camera's pictures, though not their detail)
 * and saved as JPEG of quality 90 and as PNG, and to 100 megapixels as PNG. What the memory is, `measure-decode-memory.ts` says.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { type Category, Classifier } from '../lib/index';
import { photoFile, photoNames } from './golden-file';

const model = 'mobilenet-v1-0.25-224';
const runs = 9;

interface Picture {
  name: string;
  bytes: Buffer;
}

interface Measured {
  width: number;
  height: number;
  /** Every class, best first. */
  categories: Category[];
  /** Median milliseconds. */
  decode: number;
}

async function enlarge(photo: string, megapixels: number, format: 'jpeg' | 'png'): Promise<Picture> {
  const { width, height } = await sharp(photoFile(photo)).metadata();
  const factor = Math.sqrt((megapixels * 1e6) / (width * height));
  const size = [Math.round(width * factor), Math.round(height * factor)] as const;
  const pipeline = sharp(photoFile(photo))
    .resize(...size, { fit: 'fill' })
    .removeAlpha();
  const bytes = await (format === 'jpeg' ? pipeline.jpeg({ quality: 90 }) : pipeline.png({ compressionLevel: 1 })).toBuffer();
  return { name: `${photo}, ${format.toUpperCase()}`, bytes };
}

/** One after the other, so that not all of them are in memory. */
async function* pictures(files: string[]): AsyncGenerator<Picture> {
  for (const file of files) {
    yield { name: path.basename(file), bytes: await readFile(file) };
  }
  if (files.length === 0) {
    for (const [megapixels, format] of [
      [12, 'jpeg'],
      [12, 'png'],
      [100, 'png'],
    ] as const) {
      for (const photo of photoNames) {
        yield enlarge(photo, megapixels, format);
      }
    }
  }
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] as number;

async function measure(classifier: Classifier, { bytes }: Picture): Promise<Measured> {
  const decodes: number[] = [];
  let last: Measured | undefined;
  for (let run = 0; run <= runs; run++) {
    const { width, height, categories, timing } = await classifier.classify(bytes, { topK: classifier.classes });
    if (run > 0) {
      decodes.push(timing.decode); // The first run warms up.
    }
    last = { width, height, categories, decode: 0 };
  }
  return { ...(last as Measured), decode: median(decodes) };
}

/** Largest difference of a class's score. */
function scoreDifference(a: Category[], b: Category[]): number {
  const scores = new Map(b.map(({ index, score }) => [index, score]));
  return Math.max(...a.map(({ index, score }) => Math.abs(score - (scores.get(index) ?? 0))));
}

function best({ categories }: Measured): string {
  const [first] = categories;
  return first ? `${first.label} ${first.score.toFixed(3)}` : 'none';
}

async function main(): Promise<void> {
  await using exact = await Classifier.load(model, { device: 'cpu', decode: 'exact' });
  await using fast = await Classifier.load(model, { device: 'cpu', decode: 'fast' });
  console.log(
    '| picture | size | decode, exact | decode, fast | best class, exact | best class, fast | largest difference of a score |',
  );
  console.log('|---|---|---|---|---|---|---|');
  for await (const picture of pictures(process.argv.slice(2))) {
    const whole = await measure(exact, picture);
    const shrunk = await measure(fast, picture);
    const columns = [
      picture.name,
      `${whole.width} x ${whole.height}`,
      `${whole.decode.toFixed(1)} ms`,
      `${shrunk.decode.toFixed(1)} ms`,
      best(whole),
      best(shrunk),
      scoreDifference(whole.categories, shrunk.categories).toFixed(4),
    ];
    console.log(`| ${columns.join(' | ')} |`);
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
