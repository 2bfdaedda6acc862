/*
 * Measures what `decode: 'fast'` saves and what it does to the scores, and prints a table for the documentation:
 *
 *     node scripts/run-ts.mjs scripts/measure-fast-decode.ts [PICTURE…]
 *
 * Without arguments the pictures are the project's photos, enlarged to 12 megapixels and saved as JPEG of quality 90 (the size of a camera's
 * pictures, though not their detail), and rocket.jpg as it is.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { type Category, Classifier } from '../lib/index';
import { photoFile, photoNames } from './golden-file';

const model = 'mobilenet-v1-0.25-224';
const enlargedPixels = 12e6;
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

async function enlarge(photo: string): Promise<Picture> {
  const { width, height } = await sharp(photoFile(photo)).metadata();
  const factor = Math.sqrt(enlargedPixels / (width * height));
  const pipeline = sharp(photoFile(photo)).resize(Math.round(width * factor), Math.round(height * factor), { fit: 'fill' });
  return { name: `${photo}, enlarged`, bytes: await pipeline.removeAlpha().jpeg({ quality: 90 }).toBuffer() };
}

async function pictures(files: string[]): Promise<Picture[]> {
  if (files.length > 0) {
    return Promise.all(files.map(async (file) => ({ name: path.basename(file), bytes: await readFile(file) })));
  }
  const enlarged = await Promise.all(photoNames.map(enlarge));
  return [...enlarged, { name: 'rocket.jpg', bytes: await readFile(photoFile('rocket.jpg')) }];
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
  for (const picture of await pictures(process.argv.slice(2))) {
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
