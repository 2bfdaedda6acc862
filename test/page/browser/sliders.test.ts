import {
  choosePhotos,
  chooseTask,
  countRuns,
  describePage,
  dragSlider,
  expectOverlay,
  expectRows,
  overlayPixel,
  photo,
  rows,
  setSlider,
} from './page-under-test';

describePage('sliders and legends', (fixture) => {
  test('the threshold of detections acts at once, without another run', async () => {
    const page = await fixture.open();
    const runs = countRuns(page);
    await choosePhotos(page, photo('coffee.png'));
    await expectRows(page, /^cup 96\.1 %/, /^dining table 82\.4 %/);
    await setSlider(page, 'Score threshold', 0.9);
    await expectRows(page, /^cup 96\.1 %/);
    await expectOverlay(page, 2 / 600, 200 / 400, ([, , , alpha]) => alpha === 0);
    await setSlider(page, 'Score threshold', 0.05);
    await page.waitForFunction(() => document.querySelectorAll('.rows .row').length > 5);
    expect(await page.locator('.overlay canvas').count()).toBe(1);
    await page.getByText('More limits').click();
    await setSlider(page, 'Boxes at most', 1);
    await expectRows(page, /^cup 96\.1 %/);
    expect(runs.count).toBe(1);
    await page.getByRole('button', { name: 'Reset' }).click();
    await expectRows(page, /^cup 96\.1 %/, /^dining table 82\.4 %/);
    expect(runs.count).toBe(1);
  });

  test('the overlap of boxes takes one more run, once its slider rests', async () => {
    const page = await fixture.open();
    const runs = countRuns(page);
    await choosePhotos(page, photo('coffee.png'));
    await expectRows(page, /^cup/, /^dining table/);
    const asked = page.waitForRequest(/iouThreshold=1&|iouThreshold=1$/);
    await page.getByText('More limits').click();
    await dragSlider(page, 'Overlap (IoU) at most', [0.7, 0.8, 0.9, 1]);
    await asked;
    // Where boxes may overlap entirely, the cup is found again and again.
    await page.waitForFunction(() => document.querySelectorAll('.rows .row').length > 2);
    expect((await rows(page)).filter((row) => row.startsWith('cup')).length).toBeGreaterThan(1);
    expect(runs.count).toBe(2);
  });

  test('categories are narrowed down without another run', async () => {
    const page = await fixture.open();
    const runs = countRuns(page);
    await chooseTask(page, 'Classify');
    await choosePhotos(page, photo('chelsea.png'));
    await expectRows(page, /^Egyptian cat 75\.6 %/, /./, /./, /./, /./);
    await setSlider(page, 'Categories at most', 2);
    await expectRows(page, /^Egyptian cat 75\.6 %/, /^tabby/);
    await setSlider(page, 'Categories at most', 20);
    await page.waitForFunction(() => document.querySelectorAll('.rows .row').length === 20);
    await setSlider(page, 'Score threshold', 0.5);
    await expectRows(page, /^Egyptian cat 75\.6 %/);
    await setSlider(page, 'Score threshold', 0.9);
    await page.getByText('Nothing scores that much.').waitFor();
    expect(runs.count).toBe(1);
  });

  test('a mask follows the opacity, and its legend points classes out', async () => {
    const page = await fixture.open();
    const runs = countRuns(page);
    await chooseTask(page, 'Segment');
    await choosePhotos(page, photo('chelsea.png'));
    await expectRows(page, /^cat 79\.0 %$/, /^background 21\.0 %$/);
    const cat = [0.45, 0.5] as const;
    const background = [0.95, 0.2] as const;
    const alphaAt = async ([x, y]: readonly [number, number]) => (await overlayPixel(page, x, y))[3];
    await expectOverlay(
      page,
      ...cat,
      ([red = 0, green, blue, alpha]) => Math.abs(red - 64) <= 2 && green === 0 && blue === 0 && alpha === 153,
    );
    expect(await alphaAt(background)).toBe(0);
    await setSlider(page, 'Opacity', 0.2);
    await expectOverlay(page, ...cat, ([, , , alpha]) => alpha === 51);

    const row = page.getByRole('button', { name: /^background/ });
    await row.hover();
    await expectOverlay(page, ...background, ([, , , alpha]) => alpha === 179);
    await expectOverlay(page, ...cat, ([, , , alpha]) => alpha === 10);
    await page.mouse.move(640, 20);
    await expectOverlay(page, ...background, ([, , , alpha]) => alpha === 0);
    // Chosen, it stays until it is chosen again.
    await row.click();
    await page.mouse.move(640, 20);
    await expectOverlay(page, ...background, ([, , , alpha]) => alpha === 179);
    expect(await row.getAttribute('aria-pressed')).toBe('true');
    await row.click();
    await page.mouse.move(640, 20);
    await expectOverlay(page, ...background, ([, , , alpha]) => alpha === 0);
    expect(runs.count).toBe(1);
  });

  test('a box and its row point at one another', async () => {
    const page = await fixture.open();
    await choosePhotos(page, photo('coffee.png'));
    await expectRows(page, /^cup/, /^dining table/);
    await page.getByRole('button', { name: /^cup/ }).hover();
    // The table's box steps back.
    await expectOverlay(page, 2.5 / 600, 0.5, ([, , , alpha = 0]) => alpha > 0 && alpha < 200);
    const frame = (await page.locator('.frame').boundingBox()) as { x: number; y: number; width: number; height: number };
    await page.mouse.move(frame.x + frame.width * 0.48, frame.y + frame.height * 0.4);
    await page.locator('.row--highlighted', { hasText: 'cup' }).waitFor();
    await page.mouse.move(frame.x + frame.width * 0.05, frame.y + frame.height * 0.95);
    await page.locator('.row--highlighted', { hasText: 'dining table' }).waitFor();
  });

  test('on a touch screen a tap points a class out', async () => {
    const page = await fixture.open({ hasTouch: true, isMobile: true, viewport: { width: 360, height: 740 } });
    await chooseTask(page, 'Segment');
    await choosePhotos(page, photo('chelsea.png'));
    await expectRows(page, /^cat/, /^background/);
    await page.getByRole('button', { name: /^background/ }).tap();
    await expectOverlay(page, 0.95, 0.2, ([, , , alpha]) => alpha === 179);
    await page.getByRole('button', { name: /^background/ }).tap();
    await expectOverlay(page, 0.95, 0.2, ([, , , alpha]) => alpha === 0);
  });
});
