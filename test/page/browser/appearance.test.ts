import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { choosePhotos, chooseTask, describePage, expectRows, photo, photos } from './page-under-test';
import { root } from './serve';

const axe = readFileSync(path.join(root, 'node_modules/axe-core/axe.min.js'), 'utf8');

interface AxeReport {
  violations: { id: string; impact: string; nodes: { html: string; failureSummary?: string }[] }[];
}

/** What a check of accessibility finds wrong that matters. */
async function wrong(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => (window as unknown as { axe: { run(): Promise<AxeReport> } }).axe.run());
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}

/** How far the page is wider than the screen. */
const overflow = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** Figures of the timing that would take more than a line, or leave their place, whatever the time is that was taken. */
function brokenFigures(page: Page): Promise<string[]> {
  return page.locator('.figures__figure').evaluateAll((figures) =>
    figures
      .filter((figure) => {
        const value = figure.querySelector('dd') as HTMLElement;
        value.textContent = '99.9 ms';
        const lineHeight = Number.parseFloat(getComputedStyle(value).lineHeight);
        return value.clientHeight > lineHeight * 1.5 || figure.scrollWidth > figure.clientWidth;
      })
      .map((figure) => figure.textContent),
  );
}

async function isSound(page: Page): Promise<void> {
  expect(await wrong(page)).toEqual([]);
  expect(await overflow(page)).toBe(0);
}

const screens = [
  { name: 'a phone', viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true },
  { name: 'a desktop', viewport: { width: 1280, height: 800 } },
] as const;

describePage('accessibility and layout', (fixture) => {
  describe.each(screens)('on $name', ({ name: _name, ...screen }) => {
    test.each(['light', 'dark'] as const)('%s: every task, many photos and one', async (colorScheme) => {
      const page = await fixture.open({ ...screen, colorScheme });
      await page.getByRole('button', { name: 'Choose photos' }).waitFor();
      await isSound(page);
      await choosePhotos(page, ...photos);
      await page.getByText('4 photos done').waitFor();
      await isSound(page);
      await page.getByRole('button', { name: /^coffee\.png/ }).click();
      await expectRows(page, /^cup/, /^dining table/);
      await isSound(page);
      await chooseTask(page, 'Classify');
      await expectRows(page, /./, /./, /./, /./, /./);
      await isSound(page);
      await chooseTask(page, 'Segment');
      await page.getByRole('button', { name: /^background/ }).click();
      await isSound(page);
      const [ground, text] = await page.evaluate(() => {
        const { backgroundColor, color } = getComputedStyle(document.body);
        return [backgroundColor, color].map((value) => value.match(/\d+/g)?.map(Number)[0] ?? 0);
      });
      expect((ground as number) < (text as number)).toBe(colorScheme === 'dark');
    });

    test('what went wrong, and what is missing', async () => {
      const own = await fixture.serve('--max-bytes', '700000');
      const page = await fixture.open({ ...screen, address: own.address, troubles: true });
      await choosePhotos(page, photo('astronaut.png'));
      await page.getByRole('heading', { name: 'Too large' }).waitFor();
      await isSound(page);
      const elsewhere = await page.locator('optgroup option').first().innerText();
      await page.getByLabel('Model').selectOption(elsewhere);
      await page.getByText('is not here yet.').waitFor();
      await isSound(page);
      await page.getByRole('button', { name: 'camera' }).click();
      await page.getByRole('heading', { name: 'No camera found' }).waitFor();
      await isSound(page);
      await own.kill();
      await chooseTask(page, 'Segment');
      await page.getByText('The server does not answer.').waitFor();
      await isSound(page);
    });
  });

  test('large and very small screens show all of it', async () => {
    const page = await fixture.open({ viewport: { width: 3840, height: 2160 } });
    await choosePhotos(page, photo('coffee.png'));
    await expectRows(page, /^cup/, /^dining table/);
    for (const [width, height] of [
      [3840, 2160],
      [2560, 1440],
      [1024, 768],
      [820, 1180],
      [640, 400],
      [600, 900],
      [360, 740],
      [320, 568],
      [740, 360],
    ] as const) {
      await page.setViewportSize({ width, height });
      await page.waitForTimeout(100);
      expect([width, await overflow(page)]).toEqual([width, 0]);
      const frame = await page.locator('.frame').boundingBox();
      expect(frame?.width).toBeGreaterThan(Math.min(200, width / 2));
      expect((frame?.width ?? 0) / (frame?.height ?? 1)).toBeCloseTo(1.5, 1);
      expect([width, await brokenFigures(page)]).toEqual([width, []]);
    }
  });

  test('the overlay has the pixels of a dense screen', async () => {
    const page = await fixture.open({ deviceScaleFactor: 2 });
    await choosePhotos(page, photo('coffee.png'));
    await expectRows(page, /^cup/, /^dining table/);
    const density = await page
      .locator('.frame .overlay canvas')
      .evaluate((canvas: HTMLCanvasElement) => canvas.width / canvas.clientWidth);
    expect(density).toBeCloseTo(2, 1);
  });
});
