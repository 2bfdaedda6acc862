// Makes the README's pictures of the page anew, in docs/pictures: `node scripts/run-ts.mjs scripts/page-pictures.ts`. Needs a build and Chromium.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { findChromium, launchChromium } from '../test/page/browser/chromium';
import { root, serve } from '../test/page/browser/serve';

const mostBytes = 300 * 1024;
const photo = (name: string) => path.join(root, 'photos', name);
const desktop = { width: 1280, height: 800 };
const phone = { width: 360, height: 740 };

interface Picture {
  name: string;
  viewport: { width: number; height: number };
  colorScheme: 'light' | 'dark';
  task: 'Classify' | 'Detect' | 'Segment';
  photos: string[];
  /** Seen once the picture is ready. */
  shows: RegExp;
  /** The photo to enlarge, of several. */
  enlarged?: string;
}

const pictures: Picture[] = [
  {
    name: 'page-detect',
    viewport: desktop,
    colorScheme: 'light',
    task: 'Detect',
    photos: ['coffee.png', 'chelsea.png', 'astronaut.png', 'rocket.jpg'],
    enlarged: 'coffee.png',
    shows: /cup\s*96/,
  },
  {
    name: 'page-segment',
    viewport: desktop,
    colorScheme: 'dark',
    task: 'Segment',
    photos: ['astronaut.png'],
    shows: /person\s*4/,
  },
  {
    name: 'page-phone',
    viewport: phone,
    colorScheme: 'light',
    task: 'Detect',
    photos: ['chelsea.png'],
    shows: /cat\s*93/,
  },
];

async function take(browser: Browser, address: string, picture: Picture): Promise<Buffer> {
  const { viewport, colorScheme, task, photos, shows, enlarged } = picture;
  const scale = viewport === phone ? 2 : 1;
  const context = await browser.newContext({ viewport, colorScheme, deviceScaleFactor: scale, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto(address);
  await page.getByRole('radio', { name: task }).check({ force: true });
  await page.locator('input[type=file]').setInputFiles(photos.map(photo));
  if (enlarged) {
    await page.getByText(`${photos.length} photos done`).waitFor();
    await page.getByRole('button', { name: new RegExp(`^${enlarged}`) }).click();
  }
  await page.locator('.panel .rows', { hasText: shows }).waitFor();
  await isStill(page);
  const shot = await page.screenshot();
  await context.close();
  return shot;
}

/** Waits for pictures to be decoded and boxes to be drawn. */
async function isStill(page: Page): Promise<void> {
  await page.waitForFunction(() => Array.from(document.images).every(({ complete }) => complete));
  await page.waitForTimeout(300);
}

async function main(): Promise<void> {
  const chromium = findChromium();
  if (!chromium) {
    throw new Error('Chromium not found (MOBILENET_METAL_CHROMIUM)');
  }
  const server = await serve();
  const browser = await launchChromium(chromium);
  try {
    for (const picture of pictures) {
      const shot = await take(browser, server.address, picture);
      const packed = await sharp(shot).png({ palette: true, quality: 90, effort: 10, compressionLevel: 9 }).toBuffer();
      if (packed.length > mostBytes) {
        throw new Error(`expected ${picture.name} to take ${mostBytes} bytes at most but it takes ${packed.length}`);
      }
      writeFileSync(path.join(root, 'docs/pictures', `${picture.name}.png`), packed);
      console.log(`docs/pictures/${picture.name}.png  ${packed.length} bytes`);
    }
  } finally {
    await browser.close();
    await server.kill();
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
