// Preload script of the page: bundled into one file, for a sandboxed one can require nothing but Electron.
import { contextBridge, ipcRenderer } from 'electron';
import type { BridgeFile } from '../../../../page/src/engine/bridge';
import { channels, type Gone } from '../channels';
import { createBridge } from './bridge';
import { Connection } from './connection';

const connection = new Connection();
const { bridge, events } = createBridge(connection, () => ipcRenderer.send(channels.photosWanted));

ipcRenderer.on(channels.port, ({ ports: [port] }) => {
  if (port) {
    connection.attach(port);
  }
});
ipcRenderer.on(channels.gone, (_, gone: Gone) => connection.gone(gone));
ipcRenderer.on(channels.photos, (_, photos: BridgeFile[]) => events.photos(photos));
ipcRenderer.on(channels.modelOpened, (_, name: string) => events.modelOpened(name));

contextBridge.exposeInMainWorld('mobilenetBridge', bridge);
ipcRenderer.send(channels.connect);
