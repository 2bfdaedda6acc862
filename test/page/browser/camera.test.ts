import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { chooseTask, describePage, expectOverlay, expectRows, photo } from './page-under-test';

const folder = mkdtempSync(path.join(os.tmpdir(), 'mobilenet-camera-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A camera that sees the cat, a little nearer and a little further away. */
async function catCamera() {
  const frames = await Promise.all(
    [0, 4, 8, 12, 8, 4].map((inset) =>
      sharp(photo('chelsea.png'))
        .extract({ left: inset, top: inset, width: 451 - 2 * inset, height: 300 - 2 * inset })
        .resize(640, 480)
        .jpeg()
        .toBuffer(),
    ),
  );
  const file = path.join(folder, 'cat.mjpeg');
  writeFileSync(file, Buffer.concat(frames));
  return { file };
}

const figure = async (page: Page, name: string) => Number(await page.getByTestId(name).innerText());
const isLive = (page: Page) => page.locator('video').evaluate((video: HTMLVideoElement) => !video.paused && video.videoWidth > 0);

describePage(
  'a camera',
  (fixture) => {
    test('is shown live with what it sees, frames per second and dropped frames, and stops', async () => {
      const page = await fixture.open({ permissions: ['camera'] });
      await page.getByRole('button', { name: 'Use camera' }).click();
      await expectRows(page, /^cat \d\d\.\d %/);
      expect(await isLive(page)).toBe(true);
      await expectOverlay(page, 0.95, 0.5, ([, , , alpha]) => alpha !== undefined);
      await page.waitForFunction(() => Number(document.querySelector('[data-testid=fps]')?.textContent) > 1);
      expect(await figure(page, 'dropped')).toBeGreaterThanOrEqual(0);
      expect(await page.getByText('network').isVisible()).toBe(true);
      const track = await page
        .locator('video')
        .evaluateHandle((video: HTMLVideoElement) => (video.srcObject as MediaStream).getVideoTracks()[0]);
      await page.getByRole('button', { name: 'Stop camera' }).click();
      await page.getByRole('heading', { name: 'What is in your photos?' }).waitFor();
      expect(await track.evaluate((stopped) => stopped?.readyState)).toBe('ended');
    });

    test('changes between tasks while it runs', async () => {
      const page = await fixture.open({ permissions: ['camera'] });
      await page.getByRole('button', { name: 'Use camera' }).click();
      await expectRows(page, /^cat/);
      await chooseTask(page, 'Segment');
      await page.getByRole('button', { name: /^cat \d/ }).waitFor();
      await expectOverlay(page, 0.45, 0.5, (pixel) => pixel[3] === 153);
      await chooseTask(page, 'Classify');
      await page.locator('.row', { hasText: 'cat' }).first().waitFor();
      expect(await page.locator('.row').first().innerText()).toContain('cat');
    });

    test('takes photos, which stay when it stops', async () => {
      const page = await fixture.open({ permissions: ['camera'] });
      await page.getByRole('button', { name: 'Use camera' }).click();
      await expectRows(page, /^cat/);
      await page.getByRole('button', { name: 'Take photo' }).click();
      await page.getByRole('heading', { name: /^camera-.*\.png$/ }).waitFor();
      await expectRows(page, /^cat \d\d\.\d %/);
      expect(await page.locator('video').count()).toBe(0);
    });

    test('that is unplugged is told of, and comes back', async () => {
      const page = await fixture.open({ permissions: ['camera'] });
      await page.getByRole('button', { name: 'Use camera' }).click();
      await expectRows(page, /^cat/);
      await page.locator('video').evaluate((video: HTMLVideoElement) => {
        (video.srcObject as MediaStream).getVideoTracks()[0]?.dispatchEvent(new Event('ended'));
      });
      await page.getByRole('heading', { name: 'The camera is gone' }).waitFor();
      await page.getByRole('button', { name: 'Try again' }).click();
      await expectRows(page, /^cat/);
    });

    test('whose page may not use it is told of', async () => {
      const page = await fixture.open();
      await page.getByRole('button', { name: 'Use camera' }).click();
      await page.getByRole('heading', { name: 'The camera is not allowed' }).waitFor();
      await page.getByRole('button', { name: 'Without camera' }).click();
      await page.getByRole('heading', { name: 'What is in your photos?' }).waitFor();
    });

    test('goes on by itself when the server has been away', async () => {
      const first = await fixture.serve();
      const page = await fixture.open({ address: first.address, permissions: ['camera'], troubles: true });
      await page.getByRole('button', { name: 'Use camera' }).click();
      await expectRows(page, /^cat/);
      await first.kill();
      await page.getByText('The server does not answer.').waitFor();
      await fixture.serve('--port', String(first.port));
      await page.getByText('The server does not answer.').waitFor({ state: 'detached' });
      await page.waitForFunction(() => Number(document.querySelector('[data-testid=fps]')?.textContent) > 1);
      await expectRows(page, /^cat/);
    });
  },
  { camera: catCamera },
);

describePage('a machine without a camera', (fixture) => {
  test('is told of', async () => {
    const page = await fixture.open({ permissions: ['camera'] });
    await page.getByRole('button', { name: 'Use camera' }).click();
    await page.getByRole('heading', { name: 'No camera found' }).waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'No camera found' }).waitFor();
  });
});
