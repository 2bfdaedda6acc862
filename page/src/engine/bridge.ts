import type { DeviceInfo, LoadProgress } from '../../../lib';
import type { Choice, EngineErrorCode, EngineInfo, EngineModel, LoadedModel, PageTask, RunOptions, RunResult } from './engine';

/*
 * What the preload script of an Electron app exposes to the page as `window.mobilenetBridge`. All that passes is copied from one JavaScript
 * world to the other: plain objects and bytes, no classes, no AbortSignals, and errors only as plain objects, for Electron drops their codes.
 */

/** The bytes of one image file. */
export interface BridgeFile {
  name: string;
  /** Of its media type, `image/…`; empty where it is not known. */
  type: string;
  bytes: Uint8Array;
}

/** Pixels of one picture of the camera, RGBA. */
export interface BridgeFrame {
  data: Uint8ClampedArray;
  width: number;
  height: number;
}

/** `ABORT_ERR`: the call was aborted; its caller has the reason. */
export interface BridgeError {
  code: EngineErrorCode | 'ABORT_ERR';
  message: string;
}

export type BridgeAnswer<Value> = { value: Value } | { error: BridgeError };

/** Of a stream that was opened. */
export interface OpenedStream {
  /** What the other calls about the stream name it by. */
  stream: number;
  /** Frames that may be sent before the first of them is answered; more are answered with ERR_BUSY. */
  framesInFlight: number;
}

/** Every call that is answered once: what it takes, and what it gives. */
export interface BridgeMethods {
  describe: { params: null; value: EngineInfo };
  listModels: { params: null; value: EngineModel[] };
  listDevices: { params: null; value: DeviceInfo[] };
  load: { params: { choice: Choice }; value: LoadedModel };
  run: { params: { choice: Choice; image: BridgeFile; options: RunOptions[PageTask] }; value: RunResult };
  openStream: { params: { choice: Choice; options: RunOptions[PageTask] }; value: OpenedStream };
}

export type BridgeMethod = keyof BridgeMethods;

/** Told of what becomes of a stream's frames: `answered` once for every frame sent, in their order. */
export interface BridgeStreamListener {
  answered(answer: BridgeAnswer<RunResult>): void;
  /** The stream has ended by itself; frames that were not answered will not be. */
  closed(error: BridgeError): void;
}

export interface MobileNetBridge {
  /** @param id of the caller's own, to abort by; used once */
  call<Method extends BridgeMethod>(
    id: number,
    method: Method,
    params: BridgeMethods[Method]['params'],
    onProgress?: (progress: LoadProgress) => void,
  ): Promise<BridgeAnswer<BridgeMethods[Method]['value']>>;
  /** The call is answered with `ABORT_ERR`, unless it is answered already. */
  abort(id: number): void;
  /** To be called as soon as `openStream` is answered. */
  listen(stream: number, listener: BridgeStreamListener): void;
  sendFrame(stream: number, frame: BridgeFrame): void;
  /** No more calls of its listener. */
  closeStream(stream: number): void;
  /** Calls `listener` whenever the app opens photos: by its menu, its icon, or the command line. Returns what ends that. */
  onPhotos(listener: (photos: BridgeFile[]) => void): () => void;
  /** Calls `listener` whenever there are other models than before, with the name of one that was just opened. */
  onModels(listener: (opened?: string) => void): () => void;
}

declare global {
  interface Window {
    /** There where the page is at home in an Electron app. */
    mobilenetBridge?: MobileNetBridge;
  }
}
