import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { type FakeCamera, findChromium, launchChromium } from './chromium';
import { root, type Served, serve } from './serve';

export const photo = (name: string) => path.join(root, 'photos', name);
export const photos = ['astronaut.png', 'chelsea.png', 'coffee.png', 'rocket.jpg'].map(photo);

const chromium = findChromium();
const built = existsSync(path.join(root, 'dist/page/index.html'));

/** Errors of the browser about answers that the page expects to fail; the page tells of them in its own words. */
const expectedTroubles = /^Failed to load resource|^WebSocket connection to .* failed/;

interface Setting {
  server?: string[];
  camera?: () => Promise<FakeCamera>;
}

interface OpenOptions {
  /** Of another server than the fixture's. */
  address?: string;
  /** Whether answers of the server that are errors, or their absence, are expected. */
  troubles?: boolean;
  /** Runs in the page before its own scripts. */
  beforehand?: () => void;
}

/** A server and a browser for the tests of a file; each test opens pages of its own. */
export class Fixture {
  browser!: Browser;
  server!: Served;
  /** What pages complained of. */
  complaints: string[] = [];
  readonly #pages: Page[] = [];
  readonly #servers: Served[] = [];

  /** Another server, for one test. */
  async serve(...args: string[]): Promise<Served> {
    const served = await serve(...args);
    this.#servers.push(served);
    return served;
  }

  async open(options: BrowserContextOptions & OpenOptions = {}): Promise<Page> {
    const { address = this.server.address, troubles = false, beforehand, ...rest } = options;
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', ...rest });
    context.setDefaultTimeout(15_000);
    const page = await context.newPage();
    this.#pages.push(page);
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || /content security policy/i.test(message.text())) {
        if (!(troubles && expectedTroubles.test(message.text()))) {
          this.complaints.push(message.text());
        }
      }
    });
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
        console.error(`content security policy: ${violatedDirective} ${blockedURI}`);
      });
    });
    if (beforehand) {
      await page.addInitScript(beforehand);
    }
    await page.goto(address);
    return page;
  }

  /** Closes the pages and servers of one test. */
  async closePages(): Promise<void> {
    await Promise.all(this.#pages.splice(0).map((page) => page.context().close()));
    await Promise.all(this.#servers.splice(0).map((server) => server.kill()));
  }
}

/** Describes the page in a browser. Without Chromium, or without a built page, the tests are skipped with a line that says so. */
export function describePage(name: string, tests: (fixture: Fixture) => void, { server = [], camera }: Setting = {}): void {
  const missing = chromium ? (built ? undefined : 'dist/page (npm run build)') : 'Chromium (MOBILENET_METAL_CHROMIUM)';
  if (missing) {
    process.stderr.write(`SKIPPED ${name}: ${missing} not found\n`);
  }
  (missing ? describe.skip : describe)(name, () => {
    const fixture = new Fixture();
    beforeAll(async () => {
      fixture.server = await serve(...server);
      fixture.browser = await launchChromium(chromium as string, await camera?.());
    });
    afterEach(async () => {
      await fixture.closePages();
      expect(fixture.complaints.splice(0)).toEqual([]);
    });
    afterAll(async () => {
      await fixture.browser?.close();
      await fixture.server?.kill();
    });
    tests(fixture);
  });
}

export async function choosePhotos(page: Page, ...files: Parameters<Locator['setInputFiles']>[0][]): Promise<void> {
  await page.locator('input[type=file]').setInputFiles(files.flat() as string[]);
}

export async function chooseTask(page: Page, name: 'Classify' | 'Detect' | 'Segment'): Promise<void> {
  await page.getByRole('radio', { name }).check({ force: true });
}

/** The rows of the results, as read: label and figures. */
export async function rows(page: Page): Promise<string[]> {
  const texts = await page.locator('.panel .rows .row').allInnerTexts();
  return texts.map((text) => text.replaceAll(/\s+/g, ' ').trim());
}

/** Waits until the rows are as expected. */
export async function expectRows(page: Page, ...expected: RegExp[]): Promise<void> {
  const deadline = Date.now() + 15_000;
  let found: string[] = [];
  do {
    found = await rows(page);
    if (found.length === expected.length && expected.every((pattern, i) => pattern.test(found[i] as string))) {
      return;
    }
    await page.waitForTimeout(50);
  } while (Date.now() < deadline);
  expect(found).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
}

/** Counts the runs a page asks for. */
export function countRuns(page: Page): { count: number } {
  const runs = { count: 0 };
  page.on('request', (request) => {
    if (/\/v1\/(classify|detect|segment)\?/.test(request.url())) {
      runs.count++;
    }
  });
  return runs;
}

/** R, G, B, A of the large picture's overlay at a point, as shares of its width and height. */
export function overlayPixel(page: Page, x: number, y: number): Promise<number[]> {
  return page.locator('.frame .overlay canvas').evaluate(
    (canvas: HTMLCanvasElement, point) => {
      const context = canvas.getContext('2d') as CanvasRenderingContext2D;
      const column = Math.min(canvas.width - 1, Math.round(point.x * canvas.width));
      const row = Math.min(canvas.height - 1, Math.round(point.y * canvas.height));
      return Array.from(context.getImageData(column, row, 1, 1).data);
    },
    { x, y },
  );
}

/** Waits until the overlay's pixel is as expected. */
export async function expectOverlay(page: Page, x: number, y: number, expected: (pixel: number[]) => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  let pixel: number[] = [];
  do {
    pixel = await overlayPixel(page, x, y);
    if (expected(pixel)) {
      return;
    }
    await page.waitForTimeout(30);
  } while (Date.now() < deadline);
  throw new Error(`expected another colour at ${x}, ${y} but found ${pixel}`);
}

/** Sets a slider as the keyboard or a pointer would. */
export async function setSlider(page: Page, name: string, value: number): Promise<void> {
  await page.getByRole('slider', { name }).fill(String(value));
}

/** Moves a slider over some values faster than it could come to rest at any, however slow the machine is. */
export async function dragSlider(page: Page, name: string, values: number[]): Promise<void> {
  await page.getByRole('slider', { name }).evaluate((slider: HTMLInputElement, all) => {
    for (const value of all) {
      slider.value = String(value);
      slider.dispatchEvent(new Event('input', { bubbles: true }));
    }
    slider.dispatchEvent(new Event('change', { bubbles: true }));
  }, values);
}
