import type { BridgeFile, MobileNetBridge } from '../../../../page/src/engine/bridge';
import type { Connection } from './connection';

export interface PageEvents {
  photos(photos: BridgeFile[]): void;
  modelOpened(name: string): void;
}

/**
 * What is exposed to the page, and what the main process's messages are passed on to.
 *
 * @param wantPhotos tells the main process that photos may be sent from now on
 */
export function createBridge(connection: Connection, wantPhotos: () => void): { bridge: MobileNetBridge; events: PageEvents } {
  const photoListeners = new Set<(photos: BridgeFile[]) => void>();
  const modelListeners = new Set<(opened?: string) => void>();
  const bridge: MobileNetBridge = {
    call: (id, method, params, onProgress) => connection.call(id, method, params, onProgress),
    abort: (id) => connection.abort(id),
    listen: (stream, listener) => connection.listen(stream, listener),
    sendFrame: (stream, frame) => connection.sendFrame(stream, frame),
    closeStream: (stream) => connection.closeStream(stream),
    onPhotos(listener) {
      photoListeners.add(listener);
      wantPhotos();
      return () => photoListeners.delete(listener);
    },
    onModels(listener) {
      modelListeners.add(listener);
      return () => modelListeners.delete(listener);
    },
  };
  const events: PageEvents = {
    photos(photos) {
      for (const listener of photoListeners) {
        listener(photos);
      }
    },
    modelOpened(name) {
      for (const listener of modelListeners) {
        listener(name);
      }
    },
  };
  return { bridge, events };
}
