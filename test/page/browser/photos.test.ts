import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { choosePhotos, chooseTask, describePage, expectOverlay, expectRows, photo, photos, rows } from './page-under-test';

describePage('photos', (fixture) => {
  test('a chosen photo is shown with what is in it, in boxes of their classes', async () => {
    const page = await fixture.open();
    await choosePhotos(page, photo('coffee.png'));
    await expectRows(page, /^cup 96\.1 % 238 × 228 at 174, 22$/, /^dining table 82\.4 % /);
    expect(await page.getByRole('heading', { name: 'coffee.png' }).isVisible()).toBe(true);
    expect(await page.getByText('600 × 400').isVisible()).toBe(true);
    // The left side of the cup's box is drawn over the photo, and nothing in its middle.
    await expectOverlay(page, 174 / 600, 150 / 400, ([, , , alpha]) => alpha === 255);
    await expectOverlay(page, 290 / 600, 150 / 400, ([, , , alpha]) => alpha === 0);
    await page.getByText('ssdlite-mobilenet-v2-coco on the CPU').waitFor();
    for (const stage of ['decode', 'queue', 'preprocess', 'network', 'postprocess']) {
      const figure = page.locator('.figures__figure', { hasText: stage }).locator('dd');
      expect(await figure.innerText()).toMatch(/^[\d.]+ (ms|s)$/);
    }
    const spoken = page.getByTestId('spoken');
    expect(await spoken.innerText()).toContain('coffee.png: cup 96 %, dining table 82 %');
  });

  test('a dropped photo is classified', async () => {
    const page = await fixture.open();
    await chooseTask(page, 'Classify');
    const bytes = readFileSync(photo('chelsea.png')).toString('base64');
    const transfer = await page.evaluateHandle(async (base64) => {
      const transfer = new DataTransfer();
      const content = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      transfer.items.add(new File([content], 'chelsea.png', { type: 'image/png' }));
      return transfer;
    }, bytes);
    await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer });
    await page.getByText('Drop photos', { exact: true }).waitFor();
    await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
    await expectRows(page, /^Egyptian cat 75\.6 %$/, /^tabby, tabby cat 10\.\d %$/, /^tiger cat/, /^lynx/, /./);
    expect(await page.getByText('Drop photos', { exact: true }).count()).toBe(0);
  });

  test('a pasted picture is segmented', async () => {
    const page = await fixture.open();
    await chooseTask(page, 'Segment');
    const bytes = readFileSync(photo('astronaut.png')).toString('base64');
    await page.evaluate((base64) => {
      const clipboardData = new DataTransfer();
      const content = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      clipboardData.items.add(new File([content], 'image.png', { type: 'image/png' }));
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    }, bytes);
    await expectRows(page, /^background \d\d\.\d %$/, /^person \d\d\.\d %$/, /./);
    // Her face has PASCAL's colour of persons; the wall behind her shows as it is.
    await expectOverlay(page, 0.43, 0.22, ([red, green, blue, alpha]) => `${[red, green, blue, alpha]}` === '192,128,128,153');
    await expectOverlay(page, 0.9, 0.9, ([, , , alpha]) => alpha === 0);
  });

  test('several photos lie side by side; one is enlarged on choice, and others from there', async () => {
    const page = await fixture.open();
    await choosePhotos(page, ...photos);
    await page.getByText('4 photos done').waitFor();
    const tile = (name: string) => page.getByRole('button', { name: new RegExp(name) });
    expect(await tile('coffee.png').innerText()).toContain('cup 96 %, dining table 82 %');
    expect(await tile('chelsea.png').innerText()).toContain('cat 93 %');
    expect(await tile('astronaut.png').innerText()).toContain('person');
    await tile('chelsea.png').click();
    await expectRows(page, /^cat 93\.5 %/);
    await page.getByRole('button', { name: 'Next photo' }).click();
    await expectRows(page, /^cup/, /^dining table/);
    await page.getByRole('list', { name: 'All photos' }).getByRole('button', { name: 'astronaut.png' }).click();
    await page.getByRole('heading', { name: 'astronaut.png' }).waitFor();
    await page.getByRole('button', { name: 'Remove astronaut.png' }).click();
    await page.getByRole('heading', { name: 'chelsea.png' }).waitFor();
    await page.getByRole('button', { name: 'All photos' }).click();
    await page.getByText('3 photos done').waitFor();
    await page.getByRole('button', { name: 'Remove all' }).click();
    await page.getByRole('heading', { name: 'What is in your photos?' }).waitFor();
  });

  test('photos that lie turned are shown upright, with boxes where things are', async () => {
    const page = await fixture.open();
    const turned = await sharp(photo('coffee.png')).rotate(90).withMetadata({ orientation: 8 }).jpeg({ quality: 95 }).toBuffer();
    await choosePhotos(page, { name: 'turned.jpg', mimeType: 'image/jpeg', buffer: turned });
    await page.getByText('600 × 400').waitFor();
    await expectRows(page, /^cup 9\d/, /^dining table/);
    const size = await page.locator('.frame').evaluate(({ clientWidth, clientHeight }) => clientWidth / clientHeight);
    expect(size).toBeCloseTo(1.5, 1);
    const natural = await page
      .getByRole('img', { name: 'turned.jpg' })
      .evaluate((image: HTMLImageElement) => [image.naturalWidth, image.naturalHeight]);
    expect(natural).toEqual([600, 400]);
  });

  test('a format that browsers cannot show is run all the same', async () => {
    const page = await fixture.open();
    const tiff = await sharp(photo('coffee.png')).tiff({ compression: 'lzw' }).toBuffer();
    await choosePhotos(page, { name: 'coffee.tif', mimeType: 'image/tiff', buffer: tiff });
    await expectRows(page, /^cup 96\.1 %/, /^dining table/);
    await page.getByText('This browser cannot show coffee.tif.').waitFor();
    await page.getByText('600 × 400').waitFor();
    await expectOverlay(page, 174 / 600, 150 / 400, ([, , , alpha]) => alpha === 255);
    const save = page.getByRole('button', { name: 'Save picture' });
    expect(await save.getAttribute('aria-disabled')).toBe('true');
  });

  test('model and device can be chosen, and are remembered with the task', async () => {
    const page = await fixture.open();
    await chooseTask(page, 'Classify');
    await page.locator('option', { hasText: /^mobilenet-v1-0.25-224$/ }).waitFor({ state: 'attached' });
    expect(await page.getByLabel('Model').inputValue()).toBe('mobilenet-v1-0.25-224');
    const devices = await page.getByLabel('Device').locator('option').allInnerTexts();
    expect(devices[0]).toMatch(/^auto \(/);
    expect(devices.at(-1)).toMatch(/^CPU: /);
    const asked = page.waitForRequest(/\/v1\/classify\?.*device=cpu/);
    await page.getByLabel('Device').selectOption('cpu');
    await choosePhotos(page, photo('chelsea.png'));
    expect((await asked).url()).toContain('model=mobilenet-v1-0.25-224');
    await expectRows(page, /^Egyptian cat/, /./, /./, /./, /./);
    await page.reload();
    expect(await page.getByRole('radio', { name: 'Classify' }).isChecked()).toBe(true);
    expect(await page.getByLabel('Device').inputValue()).toBe('cpu');
    expect(await rows(page)).toEqual([]);
  });

  test('changing the task drops the run under way, and shows nothing of it', async () => {
    const page = await fixture.open();
    await chooseTask(page, 'Segment');
    await page.locator('.strip--loading').waitFor({ state: 'detached' });
    await page.evaluate(() => {
      const ask = window.fetch;
      window.fetch = (address, init) => {
        init?.signal?.addEventListener('abort', () => {
          document.body.dataset.aborted = `${document.body.dataset.aborted ?? ''} ${address}`;
        });
        return ask(address, init);
      };
    });
    // Not answered before the mind has changed.
    let answer = () => {};
    const changed = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route('**/v1/segment?**', async (route) => {
      await changed;
      await route.continue().catch(() => undefined);
    });
    const asked = page.waitForRequest(/\/v1\/segment\?/);
    await choosePhotos(page, photo('chelsea.png'));
    await asked;
    await chooseTask(page, 'Detect');
    await page.locator('[data-aborted*=" v1/segment?"]').waitFor();
    await expectRows(page, /^cat 93\.5 %/);
    answer();
    await page.unrouteAll({ behavior: 'wait' });
  });
});
