import type { MenuItemConstructorOptions } from 'electron';

export interface MenuActions {
  openPhotos(): void;
  openModel(): void;
}

/** The application menu, as each platform is used to it. */
export function menuTemplate(
  { openPhotos, openModel }: MenuActions,
  { mac, developer }: { mac: boolean; developer: boolean },
): MenuItemConstructorOptions[] {
  return [
    ...(mac ? [{ role: 'appMenu' } as const] : []),
    {
      label: '&File',
      submenu: [
        { label: '&Open…', accelerator: 'CmdOrCtrl+O', click: openPhotos },
        { label: 'Open &Model…', accelerator: 'CmdOrCtrl+Shift+O', click: openModel },
        { type: 'separator' },
        { role: mac ? 'close' : 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        { role: 'reload' },
        ...(developer ? [{ role: 'toggleDevTools' } as const] : []),
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
      ],
    },
    { role: 'windowMenu' },
  ];
}
