import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { Classifier, Segmenter } from '../../../../lib';
import type { BridgeEngine } from '../../../../page/src/engine/bridge-engine';
import { projectRoot } from '../../../../scripts/packages';
import { findChromium } from '../../../page/browser/chromium';
import { ChromiumApp } from '../double/chromium-app';
import { exampleFolder } from '../double/electron-dist';
import { until } from '../double/until';

/** Of the page in Chromium. */
declare const engine: BridgeEngine;

const folder = mkdtempSync(path.join(os.tmpdir(), 'mobilenet-electron-bridge-'));
const chelsea = readFileSync(path.join(projectRoot, 'photos', 'chelsea.png'));
const photo = chelsea.toString('base64');
let app: ChromiumApp;

const node = (...args: string[]) => {
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: exampleFolder, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
};

const inChromium = findChromium() ? describe : describe.skip;

inChromium('the bridge in Chromium', () => {
  beforeAll(async () => {
    const source = path.join(__dirname, 'bridge-page');
    copyFileSync(path.join(source, 'index.html'), path.join(folder, 'index.html'));
    const esbuild = createRequire(path.join(exampleFolder, 'package.json')).resolve('esbuild/bin/esbuild');
    node(esbuild, path.join(source, 'engine.ts'), '--bundle', `--outfile=${path.join(folder, 'engine.js')}`, '--log-level=error');
    app = await ChromiumApp.start(folder);
    await app.page.open();
  });

  afterAll(async () => {
    await app?.close();
    rmSync(folder, { recursive: true });
  });

  test('classifies a file of the page as the package does', async () => {
    const classifier = await Classifier.load('mobilenet-v1-0.25-224', { device: 'cpu' });
    const { categories } = await classifier.classify(chelsea, { topK: 3 });
    await classifier.dispose();
    const result = await app.page.page.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const choice = { task: 'classify', model: 'mobilenet-v1-0.25-224', device: 'cpu' } as const;
      return engine.run(choice, new File([bytes], 'chelsea.png'), { topK: 3 }, new AbortController().signal);
    }, photo);
    expect(result.categories).toEqual(categories);
  });

  test('segments: the class map arrives byte for byte', async () => {
    const segmenter = await Segmenter.load('deeplab-v3-mobilenet-v2-pascal', { device: 'cpu' });
    const { classMap } = await segmenter.segment(chelsea);
    await segmenter.dispose();
    const [isBytes, numbers] = await app.page.page.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const choice = { task: 'segment', model: 'deeplab-v3-mobilenet-v2-pascal', device: 'cpu' } as const;
      const map = (await engine.run(choice, new Blob([bytes]), {}, new AbortController().signal)).classMap;
      return [map instanceof Uint8Array, Array.from(map)] as const;
    }, photo);
    expect(isBytes).toBe(true);
    expect(Buffer.compare(Buffer.from(numbers), classMap)).toBe(0);
  });

  test('errors have their codes, aborts their reasons', async () => {
    const told = await app.page.page.evaluate(async () => {
      const choice = { task: 'classify', model: 'mobilenet-v1-0.25-224', device: 'cpu' } as const;
      const never = new AbortController().signal;
      const broken = await engine.run(choice, new File(['none'], 'none.png'), {}, never).catch(({ name, code }) => [name, code]);
      const abort = new AbortController();
      const aborted = engine.load({ ...choice, device: 'auto' }, () => {}, abort.signal).catch((reason) => reason);
      abort.abort('enough');
      return [broken, await aborted];
    });
    expect(told).toEqual([['EngineError', 'ERR_IMAGE_DECODE'], 'enough']);
  });

  test('frames of a canvas are answered; more than there is time for are dropped', async () => {
    const told = await app.page.page.evaluate(async () => {
      const canvas = document.createElement('canvas');
      const context = canvas.getContext('2d') as CanvasRenderingContext2D;
      const counts = { answered: 0, dropped: 0, failed: 0, closed: 0 };
      const choice = { task: 'classify', model: 'mobilenet-v1-0.25-224', device: 'cpu' } as const;
      const stream = await engine.openStream(
        choice,
        { topK: 1 },
        {
          result: () => counts.answered++,
          failed: () => counts.failed++,
          dropped: (count) => {
            counts.dropped += count;
          },
          closed: () => counts.closed++,
        },
      );
      for (let i = 0; i < 50; i++) {
        stream.send(context.getImageData(0, 0, 64, 48));
      }
      const most = stream.unanswered;
      while (stream.unanswered > 0) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      stream.close();
      await Promise.resolve();
      return { ...counts, most };
    });
    expect(told).toEqual({ answered: 3, dropped: 47, failed: 0, closed: 1, most: 3 });
  });

  test('a crash of the process: what runs rejects, what comes after does not', async () => {
    const before = app.process;
    const running = app.page.page.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const choice = { task: 'segment', model: 'deeplab-v3-mobilenet-v2-pascal', device: 'cpu' } as const;
      const runs = Array.from({ length: 30 }, () => engine.run(choice, new Blob([bytes]), {}, new AbortController().signal));
      const settled = await Promise.allSettled(runs);
      const after = await engine.describe();
      return [settled.filter((run) => run.status === 'rejected').map(({ reason }) => reason.code), after.home];
    }, photo);
    await new Promise((resolve) => setTimeout(resolve, 100));
    before.crash();
    const [codes, home] = await running;
    expect(codes).toContain('ERR_SERVER_GONE');
    expect(new Set(codes)).toEqual(new Set(['ERR_SERVER_GONE']));
    expect(home).toBe('electron');
    expect(app.processes.length).toBeGreaterThan(1);
  });

  test('photos that the app opens reach the page', async () => {
    app.inbox.put([{ name: 'chelsea.png', type: 'image/png', bytes: new Uint8Array(chelsea) }]);
    const told = await app.page.page.evaluate(
      () =>
        new Promise<unknown>((resolve) =>
          engine.onPhotos(([given]) => resolve([given?.name, given?.type, given?.size, given instanceof File])),
        ),
    );
    expect(told).toEqual(['chelsea.png', 'image/png', chelsea.length, true]);
  });

  test('nothing in the page was refused by its policy, but what should be is', async () => {
    expect(app.page.errors).toEqual([]);
    const told = await app.page.page.evaluate(async () => {
      const script = document.createElement('script');
      script.textContent = 'window.inlineScriptRan = true;';
      document.body.append(script);
      const image = new Image();
      const shown = new Promise((resolve) => {
        image.onload = () => resolve('shown');
        image.onerror = () => resolve('refused');
      });
      image.src = 'https://example.com/picture.png';
      const fetched = await fetch('https://example.com/').catch((error) => error.name);
      return ['inlineScriptRan' in window, await shown, fetched];
    });
    expect(told).toEqual([false, 'refused', 'TypeError']);
    await until(() => app.page.errors.filter((error) => error.includes('Content Security Policy')).length >= 3);
  });
});
