import type { LoadProgress } from 'mobilenet-metal';
import type { BridgeAnswer, BridgeError, BridgeFrame, BridgeMethod, BridgeMethods } from '../../../page/src/engine/bridge';
import type { RunResult } from '../../../page/src/engine/engine';

/** From a page to the process that runs the networks. Nothing is transferred: Electron's ports lose messages that carry buffers. */
export type Request =
  | { [Method in BridgeMethod]: CallRequest<Method> }[BridgeMethod]
  | { type: 'abort'; id: number }
  | { type: 'frame'; stream: number; frame: BridgeFrame }
  | { type: 'close-stream'; stream: number };

export interface CallRequest<Method extends BridgeMethod> {
  type: 'call';
  id: number;
  method: Method;
  params: BridgeMethods[Method]['params'];
  /** Whether the page wants to be told how far it is. */
  progress: boolean;
}

/** From that process to a page. */
export type Reply =
  | { type: 'answer'; id: number; answer: BridgeAnswer<BridgeMethods[BridgeMethod]['value']> }
  | { type: 'progress'; id: number; progress: LoadProgress }
  | { type: 'frame-answer'; stream: number; answer: BridgeAnswer<RunResult> }
  | { type: 'stream-closed'; stream: number; error: BridgeError };

/** From the main process to that process. */
export type Command =
  /** Comes with the port of a page. */
  | { type: 'connect' }
  /** A model file that the user has chosen. */
  | { type: 'open-model'; path: string };

/** From that process to the main process. */
export type Notice =
  | { type: 'model-opened'; path: string; name: string }
  | { type: 'model-refused'; path: string; error: BridgeError };
