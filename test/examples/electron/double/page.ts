import { EventEmitter } from 'node:events';
import type { MessagePort } from 'node:worker_threads';
import { pageAddress } from '../../../../examples/electron/src/main/page-address';
import type { MobileNetBridge } from '../../../../page/src/engine/bridge';
import { cross } from './context-bridge';
import { transferred } from './message-channel';

type IpcListener = (event: unknown, ...args: unknown[]) => void;

/** A web contents with our page in it: runs the app's own preload script, and holds what it exposed. */
export class PageDouble extends EventEmitter {
  /** What the page finds as `window.mobilenetBridge`. */
  bridge: MobileNetBridge | undefined;
  readonly mainFrame = { url: pageAddress };
  reloads = 0;
  /** Answers `window.open`. */
  windowOpenHandler: ((details: { url: string }) => { action: string }) | undefined;
  readonly #ipcMain: EventEmitter;
  #ipcRenderer = new EventEmitter();
  /** Of the page as it is loaded now. */
  #ports: MessagePort[] = [];
  #destroyed = false;

  constructor(ipcMain: EventEmitter) {
    super();
    this.#ipcMain = ipcMain;
  }

  /** Loads the page, also anew: the world of the preload script before it is gone. */
  load(): void {
    this.#closePorts();
    const renderer = new EventEmitter();
    this.#ipcRenderer = renderer;
    const electron = {
      contextBridge: {
        exposeInMainWorld: (name: string, api: unknown) => {
          expect(name).toBe('mobilenetBridge');
          this.bridge = cross(api) as MobileNetBridge;
        },
      },
      ipcRenderer: {
        on: (channel: string, listener: IpcListener) => renderer.on(channel, listener),
        send: (channel: string, ...args: unknown[]) => {
          const event = { sender: this, senderFrame: this.mainFrame };
          const copies = structuredClone(args);
          setImmediate(() => this.#destroyed || this.#ipcMain.emit(channel, event, ...copies));
        },
      },
    };
    jest.isolateModules(() => {
      jest.doMock('electron', () => electron, { virtual: true });
      require('../../../../examples/electron/src/preload/preload');
      jest.dontMock('electron');
    });
  }

  send(channel: string, ...args: unknown[]): void {
    this.#deliver(channel, [], args);
  }

  postMessage(channel: string, message: unknown, ports?: readonly unknown[]): void {
    this.#deliver(channel, transferred(ports), [message]);
  }

  setWindowOpenHandler(handler: PageDouble['windowOpenHandler']): void {
    this.windowOpenHandler = handler;
  }

  isDestroyed(): boolean {
    return this.#destroyed;
  }

  destroy(): void {
    this.#closePorts();
    this.#destroyed = true;
    this.emit('destroyed');
  }

  reload(): void {
    this.reloads++;
    this.load();
  }

  #closePorts(): void {
    for (const port of this.#ports.splice(0)) {
      port.close();
    }
  }

  #deliver(channel: string, ports: readonly MessagePort[], args: unknown[]): void {
    if (this.#destroyed) {
      throw new TypeError('Object has been destroyed');
    }
    this.#ports.push(...ports);
    const renderer = this.#ipcRenderer;
    const copies = structuredClone(args);
    setImmediate(() => renderer.emit(channel, { ports }, ...copies));
  }
}
