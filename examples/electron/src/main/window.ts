import type { BrowserWindow, BrowserWindowConstructorOptions } from 'electron';
import { pageAddress } from './page-address';

/** Settings of the page's window; those of security are Electron's defaults, written down so that they stay. */
export function windowOptions(preload: string): BrowserWindowConstructorOptions {
  return {
    width: 1200,
    height: 800,
    minWidth: 480,
    minHeight: 400,
    show: false,
    webPreferences: {
      preload,
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
    },
  };
}

export function openWindow(Window: typeof BrowserWindow, preload: string): BrowserWindow {
  const window = new Window(windowOptions(preload));
  window.once('ready-to-show', () => window.show());
  window.loadURL(pageAddress).catch((error) => console.error(`the page could not be loaded: ${error}`));
  return window;
}
