import { MobileNetError } from '../../errors';
import type { Task } from '../../models/description';
import type { LoadProgress } from '../../models/safetensors-file';
import { RequestError } from '../errors';
import type { RunningTask } from '../tasks/served-task';

/** What a request asks to be run on. */
export interface ModelKey {
  task: Task;
  /** Name of a model. */
  name: string;
  /** `auto` or the id of a device. */
  device: string;
}

/** Makes a model ready. */
export type Loader = (key: ModelKey, onProgress: (progress: LoadProgress) => void) => Promise<RunningTask>;

interface Entry {
  key: ModelKey;
  running: Promise<RunningTask>;
  progress: Set<(progress: LoadProgress) => void>;
  users: number;
  /** Counts up with every use. */
  lastUse: number;
}

/** After these the session is of no use to anybody. */
const endsSession = (error: unknown) => error instanceof MobileNetError && ['ERR_NO_DEVICE', 'ERR_DISPOSED'].includes(error.code);

/** Keeps the models that are in use loaded, a few of them; one that nobody uses makes way for one that is asked for. */
export class ModelPool {
  readonly #entries = new Map<string, Entry>();
  readonly #load: Loader;
  readonly #capacity: number;
  #uses = 0;
  #disposed = false;

  constructor(load: Loader, capacity: number) {
    this.#load = load;
    this.#capacity = capacity;
  }

  /** The models that are loaded, or being loaded. */
  get keys(): ModelKey[] {
    return [...this.#entries.values()].map(({ key }) => key);
  }

  /**
   * Has `work` done with a model, which is loaded first where it is not yet. Loading is shared by all who wait for it.
   * @throws {RequestError} ERR_BUSY where as many models are in use as may be loaded; what loading and `work` throw
   */
  async use<Result>(
    key: ModelKey,
    work: (running: RunningTask) => Promise<Result>,
    onProgress?: (progress: LoadProgress) => void,
  ): Promise<Result> {
    const id = JSON.stringify([key.task, key.name, key.device]);
    const entry = this.#entries.get(id) ?? this.#begin(id, key);
    entry.users++;
    entry.lastUse = ++this.#uses;
    if (onProgress) {
      entry.progress.add(onProgress);
    }
    try {
      return await work(await entry.running);
    } catch (error) {
      if (endsSession(error)) {
        this.#drop(id, entry);
      }
      throw error;
    } finally {
      entry.users--;
      if (onProgress) {
        entry.progress.delete(onProgress);
      }
    }
  }

  /** Frees all models; what still runs rejects with ERR_DISPOSED, and so does every later use. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.all(entries.map(disposeOf));
  }

  #begin(id: string, key: ModelKey): Entry {
    if (this.#disposed) {
      throw new MobileNetError('ERR_DISPOSED', 'the server is being stopped');
    }
    const freed = this.#makeRoom();
    const progress: Entry['progress'] = new Set();
    const tell = (each: LoadProgress) => {
      for (const listener of progress) {
        listener(each);
      }
    };
    // Not before the other one's memory is free.
    const running = freed.then(() => this.#load(key, tell));
    const entry: Entry = { key, running, progress, users: 0, lastUse: 0 };
    this.#entries.set(id, entry);
    running.catch(() => this.#drop(id, entry));
    return entry;
  }

  async #makeRoom(): Promise<void> {
    if (this.#entries.size < this.#capacity) {
      return;
    }
    const idle = [...this.#entries].filter(([, { users }]) => users === 0).sort(([, a], [, b]) => a.lastUse - b.lastUse);
    const [oldest] = idle;
    if (!oldest) {
      throw new RequestError(
        'ERR_BUSY',
        'as many models are in use as the server may load (--max-models); try again in a moment',
      );
    }
    this.#entries.delete(oldest[0]);
    await disposeOf(oldest[1]);
  }

  #drop(id: string, entry: Entry): void {
    if (this.#entries.get(id) === entry) {
      this.#entries.delete(id);
      void disposeOf(entry);
    }
  }
}

async function disposeOf({ running }: Entry): Promise<void> {
  await running.then(
    ({ task }) => task.dispose(),
    () => {},
  );
}
