// Entry of the main process: window, menu, dialogues and files. Networks run in a process of their own, to which the page talks directly.
import path from 'node:path';
import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  MessageChannelMain,
  protocol,
  session,
  systemPreferences,
  utilityProcess,
  type WebContents,
} from 'electron';
import { channels } from '../channels';
import { FileOpener } from './file-opener';
import { menuTemplate } from './menu';
import { denyNavigation } from './navigation';
import { NetworkProcess } from './network-process';
import { namedFiles } from './opened-files';
import { isOurs, scheme } from './page-address';
import { pageFolder } from './page-folder';
import { createPageHandler, pageScheme } from './page-protocol';
import { reloadWhenGone } from './page-reload';
import { limitPermissions, limitRequests } from './permissions';
import { PhotoInbox } from './photo-inbox';
import { openWindow } from './window';

const mac = process.platform === 'darwin';
/** The one window there is, but on macOS, where an app goes on without. */
let window: BrowserWindow | undefined;
/** Files that were opened before there could be a window. */
let earlyFiles: string[] | undefined = [];

const networks = new NetworkProcess({
  fork: () => utilityProcess.fork(path.join(__dirname, 'utility.js'), [], { serviceName: 'MobileNets' }),
  createChannel: () => new MessageChannelMain(),
  onNotice: (notice) => {
    if (notice.type === 'model-opened') {
      window?.webContents.send(channels.modelOpened, notice.name);
    } else {
      run(files.refused(notice));
    }
  },
});
const inbox = new PhotoInbox();
const files = new FileOpener({ dialog, inbox, networks, window: () => window });

/** Work that nobody waits for. */
function run(work: Promise<void>): void {
  work.catch((error) => console.error(error));
}

function showWindow(): void {
  if (window) {
    if (window.isMinimized()) {
      window.restore();
    }
    window.focus();
    return;
  }
  const opened = openWindow(BrowserWindow, path.join(__dirname, 'preload.js'));
  const { webContents } = opened;
  window = opened;
  opened.once('closed', () => {
    window = undefined;
    inbox.closed(webContents);
  });
  reloadWhenGone(webContents, (reason) =>
    dialog.showErrorBox(
      'MobileNet has stopped',
      `Its page ended twice within seconds (${reason}). Reload it from the menu View to try again.`,
    ),
  );
}

/** Files from the system, or from another instance. */
function handOver(paths: readonly string[]): void {
  if (earlyFiles) {
    earlyFiles.push(...paths);
  } else {
    showWindow();
    run(files.open(paths));
  }
}

/** Messages count only from the main frame of our own page. */
function onMessage(channel: string, listener: (page: WebContents) => void): void {
  ipcMain.on(channel, ({ sender, senderFrame }) => {
    if (senderFrame && senderFrame === sender.mainFrame && isOurs(senderFrame.url)) {
      listener(sender);
    }
  });
}

async function ready(): Promise<void> {
  protocol.handle(scheme, await createPageHandler(pageFolder()));
  limitPermissions(session.defaultSession, process.platform, systemPreferences);
  limitRequests(session.defaultSession);
  onMessage(channels.connect, (page) => {
    inbox.closed(page); // it has just been loaded
    networks.connect(page);
  });
  onMessage(channels.photosWanted, (page) => inbox.opened(page));
  const actions = { openPhotos: () => run(files.choosePhotos()), openModel: () => run(files.chooseModel()) };
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(actions, { mac, developer: !app.isPackaged })));
  const early = earlyFiles ?? [];
  earlyFiles = undefined;
  handOver(early);
}

function begin(paths: readonly string[]): void {
  protocol.registerSchemesAsPrivileged([pageScheme]);
  app.enableSandbox();
  denyNavigation(app);
  handOver(paths);
  app.on('open-file', (event, file) => {
    event.preventDefault();
    handOver([file]);
  });
  app.on('second-instance', (_event, _arguments, _folder, data) => handOver((data as { paths: string[] }).paths));
  app.on('activate', () => handOver([]));
  app.on('window-all-closed', () => {
    if (!mac) {
      app.quit();
    }
  });
  app.on('will-quit', () => networks.stop());
  app
    .whenReady()
    .then(ready)
    .catch((error) => {
      dialog.showErrorBox('MobileNet cannot start', String(error));
      app.exit(1);
    });
}

// Files of a second instance go as data: Chromium reorders the arguments it passes on.
const paths = namedFiles(process.argv.slice(app.isPackaged ? 1 : 2), process.cwd());
if (app.requestSingleInstanceLock({ paths })) {
  begin(paths);
} else {
  app.quit();
}
