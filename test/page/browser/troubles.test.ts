import { choosePhotos, describePage, expectRows, photo } from './page-under-test';
import { slowProxy } from './slow-proxy';

describePage(
  'what may go wrong',
  (fixture) => {
    test('a file that is no image is told of, and the others are run', async () => {
      const page = await fixture.open({ troubles: true });
      const text = { name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('no picture at all') };
      await page.locator('input[type=file]').setInputFiles([text]);
      await page.getByRole('heading', { name: 'Not an image' }).waitFor();
      expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
      expect(await page.getByTestId('spoken').innerText()).toMatch(/^notes\.png: /);
      await choosePhotos(page, photo('chelsea.png'));
      await expectRows(page, /^cat 93\.5 %/);
      await page.getByRole('button', { name: 'All photos' }).click();
      await page.getByText('1 photo done, 1 failed').waitFor();
      expect(await page.getByRole('button', { name: /notes\.png/ }).innerText()).toContain('Not an image');
    });

    test('a file of too many bytes is told of, and not sent', async () => {
      const page = await fixture.open();
      let sent = false;
      page.on('request', (request) => {
        sent ||= request.url().includes('/v1/detect');
      });
      await choosePhotos(page, photo('astronaut.png'));
      await page.getByRole('heading', { name: 'Too large' }).waitFor();
      await page.getByText("expected a file of 500 kB at most but 'astronaut.png' has 792 kB").first().waitFor();
      expect(sent).toBe(false);
    });

    test('a picture of too many pixels is told of by the server', async () => {
      const page = await fixture.open({ troubles: true });
      await choosePhotos(page, photo('coffee.png'));
      await page.getByRole('heading', { name: 'Too large' }).waitFor();
      expect(await page.locator('.failure p').innerText()).toMatch(/200000|200,000|240000|240,000/);
    });

    test('a busy server is asked again', async () => {
      const page = await fixture.open({ troubles: true });
      let refusals = 0;
      await page.route('**/v1/detect?**', async (route) => {
        if (refusals++ < 2) {
          const error = { code: 'ERR_BUSY', message: 'too many pictures are waiting' };
          await route.fulfill({ status: 503, headers: { 'retry-after': '1' }, json: { error } });
        } else {
          await route.continue();
        }
      });
      await choosePhotos(page, photo('chelsea.png'));
      await page.getByText('Busy: asking again').waitFor();
      await expectRows(page, /^cat 93\.5 %/);
      expect(refusals).toBe(3);
    });

    test('a model that is not here is told of, with the command that brings it', async () => {
      const page = await fixture.open({ permissions: ['clipboard-read', 'clipboard-write'] });
      const elsewhere = page.locator('optgroup[label="Not pulled yet"] option').first();
      const name = await elsewhere.innerText();
      expect(name).toBeTruthy();
      await page.getByLabel('Model').selectOption(name);
      await page.getByText(`${name} is not here yet.`).waitFor();
      await page.getByText(`mobilenet models pull ${name}`, { exact: true }).waitFor();
      await page.locator('.strip').getByRole('button', { name: 'Copy' }).click();
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`mobilenet models pull ${name}`);
      await choosePhotos(page, photo('chelsea.png'));
      await page.getByText('No results yet.').waitFor();
      await page.getByLabel('Model').selectOption('ssdlite-mobilenet-v2-coco');
      await expectRows(page, /^cat 93\.5 %/);
    });
  },
  { server: ['--max-bytes', '500000', '--max-pixels', '200000'] },
);

describePage('a server', (fixture) => {
  test('that is gone is told of; the page keeps what it has, and goes on by itself once it is back', async () => {
    const first = await fixture.serve();
    const page = await fixture.open({ address: first.address, troubles: true });
    await choosePhotos(page, photo('chelsea.png'));
    await expectRows(page, /^cat 93\.5 %/);
    await first.kill();
    await choosePhotos(page, photo('coffee.png'));
    await page.getByText('The server does not answer.').waitFor();
    await page.getByText('No results yet.').waitFor();
    await page.getByRole('button', { name: 'Previous photo' }).click();
    await expectRows(page, /^cat 93\.5 %/);
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.getByRole('button', { name: 'Next photo' }).click();
    await fixture.serve('--port', String(first.port));
    await expectRows(page, /^cup 96\.1 %/, /^dining table/);
    expect(await page.getByText('The server does not answer.').count()).toBe(0);
  });

  test('tells how far the loading of a model is', async () => {
    const proxy = await slowProxy(fixture.server.address, 400);
    try {
      const page = await fixture.open({ address: proxy.address });
      const progress = page.getByRole('progressbar');
      await page.getByText('Loading ssdlite-mobilenet-v2-coco').waitFor();
      const shares = new Set<number>();
      const figures = new Set<string>();
      while ((await progress.count()) > 0) {
        const share = await progress
          .evaluate((bar: HTMLProgressElement) => bar.position, undefined, { timeout: 500 })
          .catch(() => undefined);
        if (share !== undefined && share > 0) {
          shares.add(share);
          figures.add(
            await page
              .locator('.loading small')
              .innerText({ timeout: 500 })
              .catch(() => ''),
          );
        }
        await page.waitForTimeout(50);
      }
      expect(shares.size).toBeGreaterThan(1);
      expect([...shares]).toEqual([...shares].sort((a, b) => a - b));
      expect([...figures].find((text) => text !== '')).toMatch(/^[\d.]+ [kM]B of [\d.]+ MB$/);
      await choosePhotos(page, photo('chelsea.png'));
      await expectRows(page, /^cat 93\.5 %/);
    } finally {
      await fixture.closePages();
      await proxy.close();
    }
  });
});
