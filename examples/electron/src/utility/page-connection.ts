import type { LoadProgress } from 'mobilenet-metal';
import type { BridgeMethod, BridgeMethods } from '../../../../page/src/engine/bridge';
import { maxPhotoBytes, maxPixels } from '../limits';
import type { Reply, Request } from '../messages';
import { checkChoice, checkFile, checkFrame, checkOptions, isRecord } from './check';
import { CallError, toBridgeError } from './errors';
import { FrameFeed } from './frame-feed';
import type { MobileNet } from './mobilenet';
import type { ModelShelf } from './model-shelf';
import type { Port } from './port';
import type { Loading, TaskSessions } from './task-sessions';

/** What all pages share. */
export interface Engine {
  mobilenet: MobileNet;
  shelf: ModelShelf;
  sessions: TaskSessions;
}

type Call<Method extends BridgeMethod> = (
  engine: Engine,
  params: unknown,
  loading: Loading,
  connection: PageConnection,
) => Promise<BridgeMethods[Method]['value']>;

const calls: { [Method in BridgeMethod]: Call<Method> } = {
  describe: async ({ mobilenet }) => ({
    home: 'electron',
    version: mobilenet.version,
    maxBytes: maxPhotoBytes,
    maxPixels,
  }),
  listModels: ({ shelf }) => shelf.list(),
  listDevices: async ({ mobilenet }) => mobilenet.devices(),
  load: async ({ sessions }, params, loading) => {
    const choice = checkChoice(params);
    return sessions.use(choice, loading, async (task) => task.describe(choice.model));
  },
  run: async ({ sessions }, params, loading) => {
    const [choice, { bytes, name }, options] = [checkChoice(params), checkFile(params), checkOptions(params)];
    const { signal } = loading;
    return sessions.use(choice, loading, (task) => task.run({ bytes, name }, { ...options, signal }));
  },
  openStream: (_, params, loading, connection) => connection.openStream(params, loading),
};

/** One page's port: answers its calls, feeds its camera's frames to tasks. Everything that still goes on for it ends when it closes. */
export class PageConnection {
  readonly #engine: Engine;
  readonly #port: Port;
  readonly #calls = new Map<number, AbortController>();
  readonly #feeds = new Map<number, FrameFeed>();
  #streams = 0;
  #closed = false;

  constructor(engine: Engine, port: Port) {
    this.#engine = engine;
    this.#port = port;
    port.onClose(() => this.#close());
    port.onMessage((message) => this.#receive(message));
  }

  #receive(message: unknown): void {
    // A page is trusted to send what is of the right form, and nothing else of it is; the calls look at their own parameters.
    const request = message as Request;
    switch (isRecord(message) ? request.type : undefined) {
      case 'call':
        this.#answer(request as Extract<Request, { type: 'call' }>);
        return;
      case 'abort':
        this.#calls.get((request as Extract<Request, { type: 'abort' }>).id)?.abort();
        return;
      case 'frame': {
        const { stream, frame } = request as Extract<Request, { type: 'frame' }>;
        this.#takeFrame(stream, frame);
        return;
      }
      case 'close-stream': {
        const { stream } = request as Extract<Request, { type: 'close-stream' }>;
        this.#feeds.get(stream)?.close();
        this.#feeds.delete(stream);
      }
    }
  }

  async #answer({ id, method, params, progress }: Extract<Request, { type: 'call' }>): Promise<void> {
    const abort = new AbortController();
    this.#calls.set(id, abort);
    const onProgress = progress ? (told: LoadProgress) => this.#post({ type: 'progress', id, progress: told }) : undefined;
    try {
      const call = Object.hasOwn(calls, method) ? calls[method] : undefined;
      if (!call) {
        throw new CallError('ERR_INVALID_OPTION', `expected one of ${Object.keys(calls).join(', ')} but received '${method}'`);
      }
      const value = await call(this.#engine, params, { signal: abort.signal, onProgress }, this);
      this.#post({ type: 'answer', id, answer: { value } });
    } catch (error) {
      this.#post({ type: 'answer', id, answer: { error: toBridgeError(error) } });
    } finally {
      this.#calls.delete(id);
    }
  }

  /** Resolves as soon as frames may come. The task is in use until the stream is closed. */
  openStream(params: unknown, loading: Loading): Promise<BridgeMethods['openStream']['value']> {
    const [choice, options] = [checkChoice(params), checkOptions(params)];
    const stream = ++this.#streams;
    return new Promise((resolve, reject) => {
      const work = this.#engine.sessions.use(choice, loading, async (task) => {
        if (this.#closed) {
          return;
        }
        const feed = new FrameFeed(task);
        this.#feeds.set(stream, feed);
        resolve({ stream, framesInFlight: feed.framesInFlight });
        await feed.run(options, {
          result: (value) => this.#post({ type: 'frame-answer', stream, answer: { value } }),
          failed: (error) => this.#post({ type: 'frame-answer', stream, answer: { error: toBridgeError(error) } }),
        });
      });
      work.catch((error) => {
        reject(error); // nobody listens once it has been opened
        this.#endStream(stream, error);
      });
    });
  }

  #takeFrame(stream: number, frame: unknown): void {
    try {
      this.#feeds.get(stream)?.send(checkFrame(frame));
    } catch (error) {
      this.#feeds.get(stream)?.close();
      this.#endStream(stream, error);
    }
  }

  #endStream(stream: number, error: unknown): void {
    if (this.#feeds.delete(stream)) {
      this.#post({ type: 'stream-closed', stream, error: toBridgeError(error) });
    }
  }

  #post(reply: Reply): void {
    if (!this.#closed) {
      this.#port.post(reply);
    }
  }

  #close(): void {
    this.#closed = true;
    for (const call of this.#calls.values()) {
      call.abort();
    }
    for (const feed of this.#feeds.values()) {
      feed.close();
    }
    this.#feeds.clear();
  }
}
