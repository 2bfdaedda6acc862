import type { DeviceInfo, LoadProgress } from '../../../lib';
import type { BridgeAnswer, BridgeFile, BridgeMethod, BridgeMethods, MobileNetBridge } from './bridge';
import { BridgeStream, toEngineError } from './bridge-stream';
import type {
  Choice,
  Engine,
  EngineInfo,
  EngineModel,
  FrameListener,
  FrameStream,
  LoadedModel,
  PageTask,
  RunOptions,
  RunResults,
} from './engine';

interface CallOptions {
  signal?: AbortSignal;
  onProgress?: (progress: LoadProgress) => void;
}

/** The engine of an Electron app: the package in a process of its own, behind the bridge of a preload script. */
export class BridgeEngine implements Engine {
  /** Calls of all engines, for they may share a bridge. */
  static #calls = 0;
  readonly #bridge: MobileNetBridge;

  constructor(bridge: MobileNetBridge) {
    this.#bridge = bridge;
  }

  describe(): Promise<EngineInfo> {
    return this.#call('describe', null);
  }

  listModels(): Promise<EngineModel[]> {
    return this.#call('listModels', null);
  }

  listDevices(): Promise<DeviceInfo[]> {
    return this.#call('listDevices', null);
  }

  load(choice: Choice, onProgress: (progress: LoadProgress) => void, signal: AbortSignal): Promise<LoadedModel> {
    return this.#call('load', { choice }, { signal, onProgress });
  }

  async run<Task extends PageTask>(
    choice: Choice & { task: Task },
    image: Blob,
    options: RunOptions[Task],
    signal: AbortSignal,
  ): Promise<RunResults[Task]> {
    signal.throwIfAborted();
    const file = await toBridgeFile(image);
    // What the task of the choice says it gives.
    return (await this.#call('run', { choice, image: file, options }, { signal })) as RunResults[Task];
  }

  async openStream<Task extends PageTask>(
    choice: Choice & { task: Task },
    options: RunOptions[Task],
    listener: FrameListener,
  ): Promise<FrameStream> {
    const opened = await this.#call('openStream', { choice, options });
    return new BridgeStream(this.#bridge, opened, listener);
  }

  onPhotos(listener: (photos: File[]) => void): () => void {
    return this.#bridge.onPhotos((photos) => listener(photos.map(toFile)));
  }

  onModels(listener: (opened?: string) => void): () => void {
    return this.#bridge.onModels(listener);
  }

  async #call<Method extends BridgeMethod>(
    method: Method,
    params: BridgeMethods[Method]['params'],
    { signal, onProgress }: CallOptions = {},
  ): Promise<BridgeMethods[Method]['value']> {
    signal?.throwIfAborted();
    const id = ++BridgeEngine.#calls;
    const answer = this.#bridge.call(id, method, params, onProgress);
    if (!signal) {
      return unwrap(await answer);
    }
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#bridge.abort(id);
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      answer
        .then(unwrap)
        .then(resolve, reject)
        .finally(() => signal.removeEventListener('abort', onAbort));
    });
  }
}

function unwrap<Value>(answer: BridgeAnswer<Value>): Value {
  if ('error' in answer) {
    throw toEngineError(answer.error);
  }
  return answer.value;
}

async function toBridgeFile(image: Blob): Promise<BridgeFile> {
  const name = image instanceof File ? image.name : 'the picture';
  return { name, type: image.type, bytes: new Uint8Array(await image.arrayBuffer()) };
}

function toFile({ name, type, bytes }: BridgeFile): File {
  return new File([bytes as Uint8Array<ArrayBuffer>], name, { type });
}
