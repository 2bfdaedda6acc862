import { EventEmitter } from 'node:events';
import path from 'node:path';
import type { MessageChannelMain, UtilityProcess, WebContents } from 'electron';
import type { Browser } from 'playwright-core';
import { channels } from '../../../../examples/electron/src/channels';
import { NetworkProcess } from '../../../../examples/electron/src/main/network-process';
import { PhotoInbox } from '../../../../examples/electron/src/main/photo-inbox';
import { type FakeCamera, findChromium, launchChromium } from '../../../page/browser/chromium';
import { ChromiumPage } from './chromium-page';
import { exampleFolder } from './electron-dist';
import { MessageChannelMainDouble } from './message-channel';
import { UtilityProcessDouble } from './utility-process';

/** The app with a real page in Chromium, its bundled preload script and its bundled utility script. */
export class ChromiumApp {
  readonly processes: UtilityProcessDouble[] = [];
  readonly inbox = new PhotoInbox();
  readonly networks: NetworkProcess;
  readonly page: ChromiumPage;
  readonly #browser: Browser;

  private constructor(browser: Browser, page: ChromiumPage) {
    this.#browser = browser;
    this.page = page;
    this.networks = new NetworkProcess({
      fork: () => {
        const child = new UtilityProcessDouble(path.join(exampleFolder, 'dist', 'utility.js'));
        this.processes.push(child);
        return child as unknown as UtilityProcess;
      },
      createChannel: () => new MessageChannelMainDouble() as unknown as MessageChannelMain,
      onNotice: (notice) => notice.type === 'model-opened' && page.send(channels.modelOpened, notice.name),
    });
    page.ipcMain.on(channels.connect, ({ sender }: { sender: WebContents }) => {
      this.inbox.closed(sender);
      this.networks.connect(sender);
    });
    page.ipcMain.on(channels.photosWanted, ({ sender }: { sender: WebContents }) => this.inbox.opened(sender));
  }

  /** @param folder of the page; not opened yet */
  static async start(folder: string, camera?: FakeCamera): Promise<ChromiumApp> {
    const browser = await launchChromium(findChromium() as string, camera);
    const context = await browser.newContext({ permissions: ['camera'], reducedMotion: 'reduce' });
    return new ChromiumApp(browser, await ChromiumPage.create(context, folder, new EventEmitter()));
  }

  get process(): UtilityProcessDouble {
    return this.processes.at(-1) as UtilityProcessDouble;
  }

  async close(): Promise<void> {
    this.networks.stop();
    await this.#browser.close();
  }
}
