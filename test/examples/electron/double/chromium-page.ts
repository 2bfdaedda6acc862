import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import type { BrowserContext, Page } from 'playwright-core';
import { createPageHandler } from '../../../../examples/electron/src/main/page-protocol';
import { exampleFolder } from './electron-dist';
import { transferred } from './message-channel';
import { type Encoded, fromText, toText } from './message-text';

/** What goes between the page and this process. */
type Envelope =
  | { kind: 'ipc'; channel: string; args: unknown[]; ports: number[] }
  | { kind: 'port'; port: number; data: unknown };

/** Where the page is served: an origin that Chromium takes for secure, as Electron does the app's own scheme. */
const origin = 'http://localhost';

/** Runs in the page before anything else: stands in for Electron around the app's own preload script. */
function runPreload(
  runScript: (require: (name: string) => unknown) => void,
  encode: typeof toText,
  decode: typeof fromText,
): void {
  const host = window as unknown as Record<string, unknown>;
  const listeners = new Map<string, (event: object, ...args: unknown[]) => void>();
  const ends = new Map<number, { postMessage(data: unknown): void }>();
  const send = (envelope: Envelope) => (host.toHost as (text: string) => void)(encode(envelope));
  const electron = {
    contextBridge: {
      exposeInMainWorld: (name: string, api: unknown) => {
        host[name] = api;
      },
    },
    ipcRenderer: {
      on: (channel: string, listener: (event: object, ...args: unknown[]) => void) => listeners.set(channel, listener),
      send: (channel: string, ...args: unknown[]) => send({ kind: 'ipc', channel, args, ports: [] }),
    },
  };
  host.fromHost = (text: string) => {
    const envelope = decode(text) as Envelope;
    if (envelope.kind === 'port') {
      ends.get(envelope.port)?.postMessage(envelope.data);
      return;
    }
    const ports = envelope.ports.map((port) => {
      const { port1, port2 } = new MessageChannel();
      ends.set(port, port1);
      port1.onmessage = ({ data }) => send({ kind: 'port', port, data });
      return port2;
    });
    listeners.get(envelope.channel)?.({ ports }, ...envelope.args);
  };
  runScript(() => electron);
}

/** A web contents whose page is a real one, in Chromium: the files of a folder through the app's own handler, and its bundled preload script. */
export class ChromiumPage extends EventEmitter {
  readonly ipcMain: EventEmitter;
  readonly page: Page;
  /** What the page wrote to its console as errors, violations of its policy among them. */
  readonly errors: string[] = [];
  readonly #ports: MessagePort[] = [];

  private constructor(page: Page, ipcMain: EventEmitter) {
    super();
    this.page = page;
    this.ipcMain = ipcMain;
    page.on('console', (message) => message.type() === 'error' && this.errors.push(message.text()));
    page.on('pageerror', (error) => this.errors.push(String(error)));
  }

  static async create(context: BrowserContext, folder: string, ipcMain: EventEmitter): Promise<ChromiumPage> {
    const handle = await createPageHandler(folder);
    await context.route('**/*', async (route) => {
      const request = route.request();
      if (new URL(request.url()).origin !== origin) {
        await route.abort('blockedbyclient');
        return;
      }
      const address = request.url().replace(origin, 'app://mobilenet');
      const response = await handle({ method: request.method(), url: address } as Request);
      await route.fulfill({
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: Buffer.from(await response.arrayBuffer()),
      });
    });
    const created = new ChromiumPage(await context.newPage(), ipcMain);
    await created.page.exposeFunction('toHost', (text: Encoded) => created.#receive(fromText(text) as Envelope));
    const preload = readFileSync(path.join(exampleFolder, 'dist', 'preload.js'), 'utf8');
    await created.page.addInitScript({ content: `(${runPreload})((require) => {${preload}\n}, ${toText}, ${fromText})` });
    return created;
  }

  async open(): Promise<void> {
    await this.page.goto(`${origin}/index.html`);
  }

  send(channel: string, ...args: unknown[]): void {
    this.#post({ kind: 'ipc', channel, args, ports: [] });
  }

  postMessage(channel: string, message: unknown, ports?: readonly unknown[]): void {
    const numbers = transferred(ports).map((port) => {
      const number = this.#ports.push(port) - 1;
      port.on('message', (data) => this.#post({ kind: 'port', port: number, data }));
      return number;
    });
    this.#post({ kind: 'ipc', channel, args: [message], ports: numbers });
  }

  isDestroyed(): boolean {
    return this.page.isClosed();
  }

  #post(envelope: Envelope): void {
    const text = toText(envelope);
    this.page
      .evaluate((given) => (window as unknown as { fromHost(text: string): void }).fromHost(given), text)
      .catch(() => {
        // The page has been closed, or is being loaded anew.
      });
  }

  #receive(envelope: Envelope): void {
    if (envelope.kind === 'port') {
      this.#ports[envelope.port]?.postMessage(envelope.data);
    } else {
      this.ipcMain.emit(envelope.channel, { sender: this }, ...envelope.args);
    }
  }
}
