import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { MenuItemConstructorOptions } from 'electron';
import { maxPhotoBytes } from '../../../examples/electron/src/limits';
import type { BridgeFile, MobileNetBridge } from '../../../page/src/engine/bridge';
import { BridgeEngine } from '../../../page/src/engine/bridge-engine';
import { colorModel } from '../../tasks/color-model';
import { ElectronDouble } from './double/electron';
import { until } from './double/until';

const photos = path.join(__dirname, '../../../photos');
const chelsea = path.join(photos, 'chelsea.png');
const coffee = path.join(photos, 'coffee.png');
const folder = mkdtempSync(path.join(os.tmpdir(), 'mobilenet-electron-main-'));
const pageFolder = path.join(folder, 'page');
const model = path.join(folder, 'colors.safetensors');
const { argv, platform } = process;
let electron: ElectronDouble;

beforeAll(() => {
  mkdirSync(pageFolder);
  writeFileSync(path.join(pageFolder, 'index.html'), '<!doctype html><title>page</title>');
  writeFileSync(model, colorModel());
});

afterEach(() => {
  process.argv = argv;
  Object.defineProperty(process, 'platform', { value: platform });
  electron.app.emit('will-quit');
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the app's main script, not yet ready. */
function start(options: { files?: string[]; page?: string; hasLock?: boolean; on?: NodeJS.Platform } = {}): void {
  electron = new ElectronDouble();
  if (options.hasLock === false) {
    electron.app.requestSingleInstanceLock.mockImplementation(() => false);
  }
  Object.defineProperty(process, 'platform', { value: options.on ?? 'linux' });
  process.argv = ['electron', '.', ...(options.files ?? [])];
  jest.isolateModules(() => {
    jest.doMock('electron', () => electron, { virtual: true });
    jest.doMock('../../../examples/electron/src/main/page-folder', () => ({ pageFolder: () => options.page ?? pageFolder }));
    require('../../../examples/electron/src/main/main');
    jest.dontMock('electron');
  });
}

/** Runs it until its window shows the page. */
async function startReady(options?: Parameters<typeof start>[0]): Promise<void> {
  start(options);
  electron.becomeReady();
  await until(() => electron.windows.length === 1 && bridge() !== undefined);
}

const bridge = () => electron.window.webContents.bridge as MobileNetBridge;
const engine = () => new BridgeEngine(bridge());

/** Collects the photos the page is given from now on. */
function listen(): File[] {
  const opened: File[] = [];
  engine().onPhotos((given) => opened.push(...given));
  return opened;
}

function menuItem(label: string): MenuItemConstructorOptions {
  const items = electron.menu.flatMap(({ submenu }) => (Array.isArray(submenu) ? submenu : []));
  return items.find((item) => item.label === label) as MenuItemConstructorOptions;
}

const choose = (label: string, ...filePaths: string[]) => {
  electron.dialog.showOpenDialog.mockResolvedValueOnce({ canceled: filePaths.length === 0, filePaths });
  (menuItem(label).click as () => void)();
};

test('opens a window with the page, whose engine runs networks in a process of its own', async () => {
  await startReady();
  expect(electron.window.show).toHaveBeenCalled();
  expect(electron.schemes).toEqual([{ scheme: 'app', privileges: expect.objectContaining({ standard: true, secure: true }) }]);
  expect(electron.app.enableSandbox).toHaveBeenCalled();
  const photo = new File([readFileSync(chelsea)], 'chelsea.png');
  const choice = { task: 'classify', model: 'mobilenet-v1-0.25-224', device: 'cpu' } as const;
  const { categories } = await engine().run(choice, photo, { topK: 1 }, new AbortController().signal);
  expect(categories[0]?.label).toBe('Egyptian cat');
  const [file, args] = electron.utilityProcess.fork.mock.calls[0] as [string, string[], object];
  expect([path.basename(file), args]).toEqual(['utility.js', []]);
  expect(electron.processes).toHaveLength(1);
});

test('the window is set apart from everything but its preload script', async () => {
  await startReady();
  expect(electron.window.options.webPreferences).toEqual({
    preload: expect.stringMatching(/preload\.js$/),
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    spellcheck: false,
  });
  expect(electron.window.webContents.windowOpenHandler?.({ url: 'https://example.com' })).toEqual({ action: 'deny' });
  expect(Object.keys(electron.handlers).sort()).toEqual([
    'app',
    'beforeRequest',
    'devicePermission',
    'permissionCheck',
    'permissionRequest',
  ]);
});

test('messages of anything but our page in the main frame are not heard', async () => {
  await startReady();
  const page = electron.window.webContents;
  const post = jest.spyOn(page, 'postMessage');
  for (const senderFrame of [null, { url: page.mainFrame.url }, Object.assign(page.mainFrame, { url: 'https://example.com/' })]) {
    electron.ipcMain.emit('mobilenet:connect', { sender: page, senderFrame });
  }
  expect(post).not.toHaveBeenCalled();
});

describe('photos', () => {
  test('of the command line are there as soon as the page listens', async () => {
    await startReady({ files: ['--verbose', chelsea, pathToFileURL(coffee).href] });
    const opened = listen();
    await until(() => opened.length === 2);
    expect(opened.map(({ name, type }) => [name, type])).toEqual([
      ['chelsea.png', 'image/png'],
      ['coffee.png', 'image/png'],
    ]);
    expect(Buffer.compare(Buffer.from(await (opened[0] as File).arrayBuffer()), readFileSync(chelsea))).toBe(0);
  });

  test('by the menu; those that cannot be opened are told', async () => {
    await startReady();
    const opened = listen();
    const note = path.join(folder, 'note.txt');
    const huge = path.join(folder, 'huge.png');
    writeFileSync(note, 'note');
    writeFileSync(huge, new Uint8Array(maxPhotoBytes + 1));
    expect(menuItem('&Open…').accelerator).toBe('CmdOrCtrl+O');
    choose('&Open…', chelsea, note, huge, path.join(folder, 'missing.png'), coffee);
    await until(() => opened.length === 2);
    const [window, options] = electron.dialog.showOpenDialog.mock.calls[0] as [unknown, { properties: string[] }];
    expect(window).toBe(electron.window);
    expect(options.properties).toEqual(['openFile', 'multiSelections']);
    expect(opened.map(({ name }) => name)).toEqual(['chelsea.png', 'coffee.png']);
    await until(() => electron.dialog.showMessageBox.mock.calls.length === 1);
    const [, box] = electron.dialog.showMessageBox.mock.calls[0] as unknown as [unknown, { message: string; detail: string }];
    expect(box.message).toBe('3 files could not be opened.');
    expect(box.detail.split('\n')).toEqual([
      'note.txt: expected one of avif, bmp, gif, jpeg, jpg, png, svg, tif, tiff, webp',
      'huge.png: expected at most 64 MiB but it has 64 MiB',
      expect.stringMatching(/^missing\.png: ENOENT/),
    ]);
  });

  test('a dialogue that is cancelled opens nothing', async () => {
    await startReady();
    const opened = listen();
    choose('&Open…');
    choose('&Open…', chelsea);
    await until(() => opened.length === 1);
    expect(electron.dialog.showMessageBox).not.toHaveBeenCalled();
  });

  test('by the system, before and after the app is ready', async () => {
    start();
    const event = { preventDefault: jest.fn() };
    electron.app.emit('open-file', event, chelsea);
    electron.becomeReady();
    await until(() => electron.windows.length === 1 && bridge() !== undefined);
    electron.app.emit('open-file', event, coffee);
    const opened = listen();
    await until(() => opened.length === 2);
    expect(event.preventDefault).toHaveBeenCalledTimes(2);
  });

  test('of a second instance come to the first, whose window comes forward', async () => {
    await startReady();
    const opened = listen();
    electron.window.minimized = true;
    electron.app.emit('second-instance', {}, ['electron', '.', '--flag'], '/', { paths: [chelsea] });
    await until(() => opened.length === 1);
    expect(electron.window.restore).toHaveBeenCalled();
    expect(electron.window.focus).toHaveBeenCalled();
    expect(electron.windows).toHaveLength(1);
  });

  test('wait for the page while it is loaded anew', async () => {
    await startReady();
    const before = listen();
    electron.window.webContents.load();
    await until(() => electron.ipcMain.listenerCount('mobilenet:connect') === 1);
    await new Promise(setImmediate);
    electron.app.emit('open-file', { preventDefault: () => {} }, chelsea);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const after = listen();
    await until(() => after.length === 1);
    expect(before).toEqual([]);
  });
});

describe('models', () => {
  test('opened by the menu can be chosen; a page that listens is told', async () => {
    await startReady();
    const told = jest.fn();
    engine().onModels(told);
    choose('Open &Model…', model);
    await until(() => told.mock.calls.length === 1);
    expect(told).toHaveBeenCalledWith('colors');
    expect((await engine().listModels())[0]).toMatchObject({ name: 'colors', location: 'given' });
  });

  test('of the command line are there before the page asks for any', async () => {
    await startReady({ files: [model] });
    expect((await engine().listModels())[0]).toMatchObject({ name: 'colors' });
  });

  test('that are none are told of', async () => {
    await startReady();
    const none = path.join(folder, 'none.safetensors');
    writeFileSync(none, 'none');
    choose('Open &Model…', none);
    await until(() => electron.dialog.showMessageBox.mock.calls.length === 1);
    const [, box] = electron.dialog.showMessageBox.mock.calls[0] as unknown as [unknown, { message: string; detail: string }];
    expect(box).toMatchObject({ type: 'warning', message: 'none.safetensors could not be opened.' });
    expect(box.detail).toContain(none);
  });
});

describe('life of the app', () => {
  test('a second instance hands over its files and ends', () => {
    start({ files: [chelsea], hasLock: false });
    expect(electron.app.requestSingleInstanceLock).toHaveBeenCalledWith({ paths: [chelsea] });
    expect(electron.app.quit).toHaveBeenCalled();
    expect(electron.schemes).toEqual([]);
  });

  test('ends with its window, and its process with it', async () => {
    await startReady();
    await engine().describe();
    electron.window.close();
    electron.app.emit('window-all-closed');
    expect(electron.app.quit).toHaveBeenCalled();
    electron.app.emit('will-quit');
    await until(() => electron.processes[0]?.pid === undefined);
    expect(electron.processes).toHaveLength(1);
  });

  test('goes on without on macOS, and opens another when it is activated or given a file', async () => {
    await startReady({ on: 'darwin' });
    electron.window.close();
    electron.app.emit('window-all-closed');
    expect(electron.app.quit).not.toHaveBeenCalled();
    electron.app.emit('activate');
    expect(electron.windows).toHaveLength(2);
    electron.app.emit('activate');
    expect(electron.windows).toHaveLength(2);
    electron.window.close();
    electron.app.emit('open-file', { preventDefault: () => {} }, chelsea);
    await until(() => electron.windows.length === 3 && bridge() !== undefined);
    const opened = listen();
    await until(() => opened.length === 1);
  });

  test('a page whose process is gone is loaded anew, but not one that ended by itself', async () => {
    await startReady();
    const log = jest.spyOn(console, 'error').mockImplementation(() => {});
    const page = electron.window.webContents;
    page.emit('render-process-gone', {}, { reason: 'clean-exit' });
    expect(page.reloads).toBe(0);
    page.emit('render-process-gone', {}, { reason: 'crashed' });
    expect(page.reloads).toBe(1);
    log.mockRestore();
    expect(await engine().describe()).toMatchObject({ home: 'electron' });
  });

  test('a page whose process is gone again at once is not loaded anew for ever', async () => {
    await startReady();
    const log = jest.spyOn(console, 'error').mockImplementation(() => {});
    const page = electron.window.webContents;
    for (let times = 0; times < 3; times++) {
      page.emit('render-process-gone', {}, { reason: 'crashed' });
    }
    log.mockRestore();
    expect(page.reloads).toBe(1);
    expect(electron.dialog.showErrorBox).toHaveBeenCalledWith('MobileNet has stopped', expect.stringContaining('crashed'));
  });

  test('says so where the page is missing, and ends', async () => {
    start({ page: path.join(folder, 'nowhere') });
    electron.becomeReady();
    await until(() => electron.app.exit.mock.calls.length === 1);
    expect(electron.dialog.showErrorBox).toHaveBeenCalledWith('MobileNet cannot start', expect.stringContaining('ENOENT'));
    expect(electron.windows).toEqual([]);
  });
});

describe('the menu', () => {
  const roles = () => electron.menu.map(({ role, label }) => role ?? label);

  test('on macOS', async () => {
    await startReady({ on: 'darwin' });
    expect(roles()).toEqual(['appMenu', '&File', 'editMenu', '&View', 'windowMenu']);
    const file = electron.menu[1]?.submenu as MenuItemConstructorOptions[];
    expect(file.at(-1)).toEqual({ role: 'close' });
  });

  test('elsewhere', async () => {
    await startReady();
    expect(roles()).toEqual(['&File', 'editMenu', '&View', 'windowMenu']);
    const file = electron.menu[0]?.submenu as MenuItemConstructorOptions[];
    expect(file.at(-1)).toEqual({ role: 'quit' });
  });
});

test('what the page is given is nothing but bytes and names', async () => {
  await startReady({ files: [chelsea] });
  const given = await new Promise<BridgeFile[]>((resolve) => bridge().onPhotos(resolve));
  expect(given.map((photo) => Object.keys(photo).sort())).toEqual([['bytes', 'name', 'type']]);
  expect(given[0]?.name).toBe('chelsea.png');
});
