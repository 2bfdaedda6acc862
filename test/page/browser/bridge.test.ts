import { readFileSync } from 'node:fs';
import type { MobileNetBridge } from '../../../page/src/engine/bridge';
import { describePage, expectRows, photo } from './page-under-test';

declare global {
  interface Window {
    /** What the app does by itself, for the tests to call. */
    app: { openPhotos(base64: string): void; openModel(): void };
  }
}

/** A bridge as of an Electron app; runs in the page. Its one answer names the model and the picture's size in bytes. */
function exposeBridge(): void {
  const models = [{ name: 'app-boxes', task: 'detect', license: 'MIT', location: 'bundled' }];
  let photosOpened: Parameters<MobileNetBridge['onPhotos']>[0] = () => {};
  let modelsChanged = () => {};
  const answers: Record<string, (params: { choice: { model: string }; image: { bytes: Uint8Array } }) => unknown> = {
    describe: () => ({ home: 'electron', version: '1.0.0', maxBytes: 1e6, maxPixels: 1e6 }),
    listModels: () => [...models],
    listDevices: () => [{ type: 'cpu', id: 'cpu', name: 'a processor', instructionSets: [], logicalCores: 2 }],
    load: ({ choice }) => ({ name: choice.model, task: 'detect', device: 'cpu', inputWidth: 300, inputHeight: 300, labels: [] }),
    run: ({ choice, image }) => ({
      width: 451,
      height: 300,
      model: choice.model,
      device: 'cpu',
      timing: { decode: 1, queue: 0, preprocess: 0, network: 1, postprocess: 0 },
      detections: [
        { index: 1, label: `${choice.model} ${image.bytes.length}`, score: 0.75, box: { x: 10, y: 10, width: 99, height: 99 } },
      ],
    }),
  };
  window.mobilenetBridge = {
    call: async (_id, method, params) => ({ value: answers[method]?.(params as never) as never }),
    abort() {},
    listen() {},
    sendFrame() {},
    closeStream() {},
    onPhotos(listener) {
      photosOpened = listener;
      return () => {};
    },
    onModels(listener) {
      modelsChanged = listener;
      return () => {};
    },
  };
  window.app = {
    openPhotos(base64) {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      photosOpened([{ name: 'opened.png', type: 'image/png', bytes }]);
    },
    openModel() {
      models.push({ name: 'own-boxes', task: 'detect', license: 'MIT', location: 'given' });
      modelsChanged();
    },
  };
}

describePage('the page in an Electron app', (fixture) => {
  test('runs photos through its bridge, those that the app opens too, and asks no server', async () => {
    const page = await fixture.open({ beforehand: exposeBridge });
    const asked: string[] = [];
    page.on('request', (request) => {
      if (/\/(v1|healthz)/.test(request.url())) {
        asked.push(request.url());
      }
    });
    await page.locator('option', { hasText: /^app-boxes$/ }).waitFor({ state: 'attached' });
    const cat = readFileSync(photo('chelsea.png'));
    await page.evaluate((base64) => window.app.openPhotos(base64), cat.toString('base64'));
    await expectRows(page, new RegExp(`^app-boxes ${cat.length} 75\\.0 %`));
    await page.getByRole('heading', { name: 'opened.png' }).waitFor();
    await page.evaluate(() => window.app.openModel());
    await expectRows(page, new RegExp(`^own-boxes ${cat.length} 75\\.0 %`));
    expect(asked).toEqual([]);
  });
});
