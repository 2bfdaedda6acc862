// Photos for the batch jobs: the sample photos cut and enlarged to a camera's sizes, saved as JPEG of quality 85, the same on every machine and run.
import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { dependency, root } from '../lib/library.mjs';

const sources = ['astronaut.png', 'chelsea.png', 'coffee.png', 'rocket.jpg'];
const leastMegapixels = 1;
const mostMegapixels = 12;

/** The share of an integer's golden-ratio multiple behind the point: spread evenly over 0 to 1 whatever the count. */
const spread = (index, salt) => ((index + 1) * 0.6180339887498949 + salt * 0.7548776662466927) % 1;

async function makePhoto(index, file) {
  const sharp = dependency('sharp');
  const source = path.join(root, 'photos', sources[index % sources.length]);
  const { width, height } = await sharp(source).metadata();
  const share = 0.6 + 0.4 * spread(index, 1);
  const cut = { width: Math.round(width * share), height: Math.round(height * share) };
  const left = Math.floor((width - cut.width) * spread(index, 2));
  const top = Math.floor((height - cut.height) * spread(index, 3));
  const pixels = (leastMegapixels + (mostMegapixels - leastMegapixels) * spread(index, 0)) * 1e6;
  const factor = Math.sqrt(pixels / (cut.width * cut.height));
  await sharp(source)
    .removeAlpha()
    .extract({ left, top, ...cut })
    .resize(Math.round(cut.width * factor), Math.round(cut.height * factor), { fit: 'fill' })
    .jpeg({ quality: 85 })
    .toFile(`${file}.part`);
  await rename(`${file}.part`, file);
}

/**
 * Makes the first `count` photos where an earlier run has not.
 * @returns their paths
 */
export async function makePhotos(count, folder = path.join(root, 'bench', 'photos')) {
  await mkdir(folder, { recursive: true });
  const files = Array.from({ length: count }, (_, index) => path.join(folder, `${String(index).padStart(5, '0')}.jpg`));
  const missing = files.map((file, index) => ({ file, index })).filter(({ file }) => !existsSync(file));
  const lanes = Array.from({ length: os.availableParallelism() }, async () => {
    for (let next = missing.shift(); next; next = missing.shift()) {
      await makePhoto(next.index, next.file);
    }
  });
  await Promise.all(lanes);
  return files;
}
