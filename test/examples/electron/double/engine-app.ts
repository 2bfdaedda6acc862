import { EventEmitter } from 'node:events';
import type { MessageChannelMain, UtilityProcess, WebContents } from 'electron';
import { channels } from '../../../../examples/electron/src/channels';
import { NetworkProcess } from '../../../../examples/electron/src/main/network-process';
import type { Notice } from '../../../../examples/electron/src/messages';
import type { MobileNetBridge } from '../../../../page/src/engine/bridge';
import { BridgeEngine } from '../../../../page/src/engine/bridge-engine';
import { MessageChannelMainDouble } from './message-channel';
import { PageDouble } from './page';
import { UtilityProcessDouble } from './utility-process';

/** As much of the app as lies between a page's engine and the networks; only Electron itself is doubled. */
export class EngineApp {
  readonly notices: Notice[] = [];
  readonly processes: UtilityProcessDouble[] = [];
  readonly page: PageDouble;
  readonly networks: NetworkProcess;
  readonly #ipcMain = new EventEmitter();

  /** @param script of the utility process; by default the sources it is built from */
  constructor(script?: string) {
    this.networks = new NetworkProcess({
      fork: () => {
        const child = new UtilityProcessDouble(script);
        this.processes.push(child);
        return child as unknown as UtilityProcess;
      },
      createChannel: () => new MessageChannelMainDouble() as unknown as MessageChannelMain,
      onNotice: (notice) => this.notices.push(notice),
    });
    this.#ipcMain.on(channels.connect, ({ sender }: { sender: WebContents }) => this.networks.connect(sender));
    this.page = new PageDouble(this.#ipcMain);
    this.page.load();
  }

  /** The engine of the page as it is loaded now. */
  engine(): BridgeEngine {
    return new BridgeEngine(this.page.bridge as MobileNetBridge);
  }

  get process(): UtilityProcessDouble {
    return this.processes.at(-1) as UtilityProcessDouble;
  }

  close(): void {
    this.networks.stop();
    this.page.destroy();
  }
}
