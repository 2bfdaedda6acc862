import { EventEmitter } from 'node:events';
import type { BrowserWindowConstructorOptions, MenuItemConstructorOptions } from 'electron';
import { MessageChannelMainDouble } from './message-channel';
import { PageDouble } from './page';
import { UtilityProcessDouble } from './utility-process';

type Handler = (...args: never[]) => unknown;

/** What of Electron the main process uses, without windows: everything it is told is kept to be looked at. */
export class ElectronDouble {
  readonly ipcMain = new EventEmitter();
  readonly windows: WindowDouble[] = [];
  readonly processes: UtilityProcessDouble[] = [];
  readonly schemes: unknown[] = [];
  readonly handlers: Record<string, Handler> = {};
  menu: MenuItemConstructorOptions[] = [];
  lockData: unknown;
  #isReady = false;
  #resolveReady: () => void = () => {};
  readonly #ready = new Promise<void>((resolve) => {
    this.#resolveReady = resolve;
  });

  readonly app = Object.assign(new EventEmitter(), {
    isPackaged: false,
    whenReady: () => this.#ready,
    enableSandbox: jest.fn(() => this.#before('enableSandbox')),
    quit: jest.fn(),
    exit: jest.fn(),
    requestSingleInstanceLock: jest.fn((data: unknown) => {
      this.lockData = structuredClone(data);
      return true;
    }),
  });
  readonly dialog = {
    showOpenDialog: jest.fn(),
    showMessageBox: jest.fn(async () => ({ response: 0 })),
    showErrorBox: jest.fn(),
  };
  readonly systemPreferences = { askForMediaAccess: jest.fn(async () => true) };
  readonly MessageChannelMain = MessageChannelMainDouble;
  readonly Menu = {
    buildFromTemplate: (template: MenuItemConstructorOptions[]) => template,
    setApplicationMenu: (menu: MenuItemConstructorOptions[]) => {
      this.menu = menu;
    },
  };
  readonly protocol = {
    registerSchemesAsPrivileged: (schemes: unknown[]) => {
      this.#before('registerSchemesAsPrivileged');
      this.schemes.push(...schemes);
    },
    handle: (scheme: string, handler: Handler) => {
      this.#after('protocol.handle');
      this.handlers[scheme] = handler;
    },
  };
  readonly session = {
    defaultSession: {
      setPermissionRequestHandler: this.#keep('permissionRequest'),
      setPermissionCheckHandler: this.#keep('permissionCheck'),
      setDevicePermissionHandler: this.#keep('devicePermission'),
      webRequest: { onBeforeRequest: this.#keep('beforeRequest') },
    },
  };
  readonly utilityProcess = {
    fork: jest.fn((_file: string, _args: string[], _options: object) => {
      this.#after('utilityProcess.fork');
      const child = new UtilityProcessDouble();
      this.processes.push(child);
      return child;
    }),
  };
  readonly BrowserWindow: new (
    options: BrowserWindowConstructorOptions,
  ) => WindowDouble;

  constructor() {
    const electron = this;
    this.BrowserWindow = class extends WindowDouble {
      constructor(options: BrowserWindowConstructorOptions) {
        super(electron, options);
        electron.#after('new BrowserWindow');
        electron.windows.push(this);
        electron.app.emit('web-contents-created', {}, this.webContents);
      }
    };
  }

  /** The system has started the app. */
  becomeReady(): void {
    this.#isReady = true;
    this.#resolveReady();
  }

  get window(): WindowDouble {
    return this.windows.at(-1) as WindowDouble;
  }

  #keep(name: string): (handler: Handler) => void {
    return (handler) => {
      this.handlers[name] = handler;
    };
  }

  #before(what: string): void {
    if (this.#isReady) {
      throw new Error(`${what} after the app is ready`);
    }
  }

  #after(what: string): void {
    if (!this.#isReady) {
      throw new Error(`${what} before the app is ready`);
    }
  }
}

/** Loads the page as Electron would: by the handler of its scheme, then the preload script. */
export class WindowDouble extends EventEmitter {
  readonly webContents: PageDouble;
  readonly options: BrowserWindowConstructorOptions;
  readonly show = jest.fn();
  readonly focus = jest.fn();
  readonly restore = jest.fn();
  minimized = false;
  readonly #electron: ElectronDouble;

  constructor(electron: ElectronDouble, options: BrowserWindowConstructorOptions) {
    super();
    this.#electron = electron;
    this.options = options;
    this.webContents = new PageDouble(electron.ipcMain);
  }

  async loadURL(address: string): Promise<void> {
    const handler = this.#electron.handlers[new URL(address).protocol.slice(0, -1)] as (request: Request) => Promise<Response>;
    const { status } = await handler({ method: 'GET', url: address } as Request);
    if (status !== 200) {
      throw new Error(`${address}: ${status}`);
    }
    this.webContents.load();
    this.emit('ready-to-show');
  }

  isMinimized(): boolean {
    return this.minimized;
  }

  close(): void {
    this.webContents.destroy();
    this.emit('closed');
  }
}
