import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { projectRoot } from '../../../../scripts/packages';
import { findChromium } from '../../../page/browser/chromium';
import { choosePhotos, chooseTask, expectOverlay, expectRows, photo } from '../../../page/browser/page-under-test';
import { colorModel } from '../../../tasks/color-model';
import { ChromiumApp } from '../double/chromium-app';

const folder = mkdtempSync(path.join(os.tmpdir(), 'mobilenet-electron-page-'));
const camera = path.join(folder, 'cat.mjpeg');
let app: ChromiumApp;

const opened = (name: string) => ({ name, type: 'image/png', bytes: new Uint8Array(readFileSync(photo(name))) });
const inChromium = findChromium() ? describe : describe.skip;

inChromium('the page of the package in the app', () => {
  beforeAll(async () => {
    const sizes = [640, 600, 560, 600];
    const frames = await Promise.all(
      sizes.map((size) => sharp(photo('chelsea.png')).resize(640, size).resize(640, 480).jpeg().toBuffer()),
    );
    writeFileSync(camera, Buffer.concat(frames));
    writeFileSync(path.join(folder, 'colors.safetensors'), colorModel());
    app = await ChromiumApp.start(path.join(projectRoot, 'dist', 'page'), { file: camera });
    await app.page.open();
  });

  afterEach(() => expect(app.page.errors.splice(0)).toEqual([]));

  afterAll(async () => {
    await app?.close();
    rmSync(folder, { recursive: true });
  });

  test('shows what is in a photo that the app has opened', async () => {
    app.inbox.put([opened('coffee.png')]);
    await expectRows(app.page.page, /^cup 96\.1 % 238 × 228 at 174, 22$/, /^dining table 82\.4 % /);
    await expectOverlay(app.page.page, 174 / 600, 150 / 400, ([, , , alpha]) => alpha === 255);
  });

  test('and in one that was chosen in it, for every task', async () => {
    const { page } = app.page;
    await choosePhotos(page, photo('chelsea.png'));
    await page.getByRole('heading', { name: 'chelsea.png' }).waitFor();
    await expectRows(page, /^cat 93\.5 %/);
    await chooseTask(page, 'Segment');
    await expectRows(page, /^cat 79\.0 %$/, /^background 21\.0 %$/);
    await expectOverlay(page, 0.45, 0.5, (pixel) => pixel[3] === 153);
    await chooseTask(page, 'Classify');
    await expectRows(page, /^Egyptian cat 75\.6 %$/, /./, /./, /./, /./);
  });

  test('goes on after the process has crashed', async () => {
    const { page } = app.page;
    app.process.crash();
    await chooseTask(page, 'Detect');
    await choosePhotos(page, photo('rocket.jpg'));
    await page.getByRole('heading', { name: 'rocket.jpg' }).waitFor();
    app.inbox.put([opened('coffee.png')]);
    await page.getByRole('heading', { name: 'coffee.png' }).waitFor();
    await expectRows(page, /^cup 96\.1 %/, /^dining table/);
    expect(app.processes.length).toBeGreaterThan(1);
  });

  test('uses the camera', async () => {
    const { page } = app.page;
    await page.getByRole('button', { name: 'Use camera' }).click();
    await expectRows(page, /^cat \d\d\.\d %/);
    await page.waitForFunction(() => Number(document.querySelector('[data-testid=fps]')?.textContent) > 1);
    await page.getByRole('button', { name: 'Stop camera' }).click();
  });

  test('chooses a model file that was opened', async () => {
    const { page } = app.page;
    app.inbox.put([opened('chelsea.png')]);
    app.networks.openModel(path.join(folder, 'colors.safetensors'));
    await expectRows(page, /^(red|green|blue|white) /, /./, /./);
    expect(await page.getByRole('combobox').first().inputValue()).toBe('colors');
  });
});
