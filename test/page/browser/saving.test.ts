import { readFileSync } from 'node:fs';
import type { Download, Page } from 'playwright-core';
import sharp from 'sharp';
import { choosePhotos, chooseTask, describePage, expectRows, photo, photos, setSlider } from './page-under-test';

async function download(page: Page, button: string): Promise<{ name: string; content: Buffer }> {
  const [file] = await Promise.all([
    page.waitForEvent('download') as Promise<Download>,
    page.getByRole('button', { name: button }).click(),
  ]);
  return { name: file.suggestedFilename(), content: readFileSync(await file.path()) };
}

/** R, G, B of a picture's pixels. */
async function pixels(picture: string | Buffer) {
  const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  return { width, height, at: (x: number, y: number) => Array.from(data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)) };
}

interface Saved {
  width: number;
  height: number;
  model: string;
  timing: Record<string, number>;
  detections: { label: string; score: number; box: { x: number; y: number; width: number; height: number } }[];
  legend: { label: string; color: [number, number, number]; pixels: number }[];
}

describePage('copying and saving', (fixture) => {
  test('a picture with boxes has the size of the photo, and differs from it where the boxes are', async () => {
    const page = await fixture.open();
    await choosePhotos(page, photo('coffee.png'));
    await expectRows(page, /^cup/, /^dining table/);
    const { name, content } = await download(page, 'Save picture');
    expect(name).toBe('coffee-detections.png');
    const saved = await pixels(content);
    const source = await pixels(photo('coffee.png'));
    expect([saved.width, saved.height]).toEqual([600, 400]);
    const { content: json } = await download(page, 'Save JSON');
    const { detections } = JSON.parse(json.toString()) as Saved;
    for (const { box } of detections) {
      const middle = Math.round(box.y + box.height / 2);
      for (const x of [Math.round(box.x) + 1, Math.round(box.x + box.width) - 2]) {
        expect(saved.at(x, middle)).not.toEqual(source.at(x, middle));
      }
    }
    for (const [x, y] of [
      [300, 120],
      [100, 300],
      [500, 60],
    ] as const) {
      expect(saved.at(x, y)).toEqual(source.at(x, y));
    }
  });

  test('a picture with a mask is tinted by the opacity, in the classes’ colours', async () => {
    const page = await fixture.open();
    await chooseTask(page, 'Segment');
    await choosePhotos(page, photo('chelsea.png'));
    await expectRows(page, /^cat/, /^background/);
    await setSlider(page, 'Opacity', 0.5);
    const { name, content } = await download(page, 'Save picture');
    expect(name).toBe('chelsea-segmentation.png');
    const saved = await pixels(content);
    const source = await pixels(photo('chelsea.png'));
    expect([saved.width, saved.height]).toEqual([451, 300]);
    for (const [x, y] of [
      [200, 150],
      [250, 60],
      [60, 250],
    ] as const) {
      const tinted = source.at(x, y).map((level, channel) => (level + ([64, 0, 0][channel] as number)) / 2);
      saved.at(x, y).forEach((level, channel) => {
        expect(Math.abs(level - (tinted[channel] as number))).toBeLessThanOrEqual(2);
      });
    }
    expect(saved.at(430, 60)).toEqual(source.at(430, 60));
  });

  test('JSON is what the API gives, as far as it is shown', async () => {
    const page = await fixture.open({ permissions: ['clipboard-read', 'clipboard-write'] });
    await choosePhotos(page, photo('coffee.png'));
    await expectRows(page, /^cup/, /^dining table/);
    await setSlider(page, 'Score threshold', 0.9);
    const given = await fetch(`${fixture.server.address}/v1/detect?scoreThreshold=0.9`, {
      method: 'POST',
      body: readFileSync(photo('coffee.png')),
    }).then((response) => response.json() as Promise<Saved>);
    await page.getByRole('button', { name: 'Copy JSON' }).click();
    await page.locator('.notice', { hasText: 'JSON copied' }).waitFor();
    const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText())) as Saved;
    expect({ ...copied, timing: given.timing }).toEqual(given);
    expect(Object.keys(copied.timing).sort()).toEqual(Object.keys(given.timing).sort());
    const { name, content } = await download(page, 'Save JSON');
    expect(name).toBe('coffee-detections.json');
    expect(JSON.parse(content.toString())).toEqual(copied);
  });

  test('JSON of a segmentation has the legend and no class map', async () => {
    const page = await fixture.open();
    await chooseTask(page, 'Segment');
    await choosePhotos(page, photo('chelsea.png'));
    await expectRows(page, /^cat/, /^background/);
    const saved = JSON.parse((await download(page, 'Save JSON')).content.toString()) as Saved;
    expect(Object.keys(saved).sort()).toEqual([
      'device',
      'height',
      'legend',
      'mapHeight',
      'mapWidth',
      'model',
      'timing',
      'width',
    ]);
    expect(saved.legend[0]).toEqual({ index: 8, label: 'cat', color: [64, 0, 0], pixels: 106913 });
  });

  test('results of all photos are lines of JSON, with the photos’ names', async () => {
    const page = await fixture.open();
    await choosePhotos(page, ...photos);
    await page.getByText('4 photos done').waitFor();
    const { name, content } = await download(page, 'Save all as JSON lines');
    expect(name).toBe('detect.jsonl');
    const lines = content.toString().trimEnd().split('\n');
    const found = lines.map((line) => JSON.parse(line) as Saved & { image: string });
    expect(found.map(({ image }) => image)).toEqual(['astronaut.png', 'chelsea.png', 'coffee.png', 'rocket.jpg']);
    expect(found.map(({ detections }) => detections[0]?.label)).toEqual(['person', 'cat', 'cup', undefined]);
  });
});
