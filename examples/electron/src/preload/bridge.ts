import type { BridgeFile, MobileNetBridge } from '../../../../page/src/engine/bridge';
import type { Connection } from './connection';

/** What the bridge needs of the main process and of the page. */
export interface Home {
  /** Photos may be sent from now on. */
  wantPhotos(): void;
  reloadPage(): void;
}

export interface PageEvents {
  photos(photos: BridgeFile[]): void;
  modelsChanged(): void;
}

/** What is exposed to the page, and what the main process's messages are passed on to. */
export function createBridge(connection: Connection, home: Home): { bridge: MobileNetBridge; events: PageEvents } {
  const photoListeners = new Set<(photos: BridgeFile[]) => void>();
  const modelListeners = new Set<() => void>();
  const bridge: MobileNetBridge = {
    call: (id, method, params, onProgress) => connection.call(id, method, params, onProgress),
    abort: (id) => connection.abort(id),
    listen: (stream, listener) => connection.listen(stream, listener),
    sendFrame: (stream, frame) => connection.sendFrame(stream, frame),
    closeStream: (stream) => connection.closeStream(stream),
    onPhotos(listener) {
      photoListeners.add(listener);
      home.wantPhotos();
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
    modelsChanged() {
      if (modelListeners.size === 0) {
        home.reloadPage();
      }
      for (const listener of modelListeners) {
        listener();
      }
    },
  };
  return { bridge, events };
}
