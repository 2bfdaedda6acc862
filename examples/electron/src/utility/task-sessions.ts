import type { LoadProgress } from 'mobilenet-metal';
import type { Choice } from '../../../../page/src/engine/engine';
import { maxOpenTasks, maxPixels } from '../limits';
import type { MobileNet } from './mobilenet';
import type { ModelShelf } from './model-shelf';
import { type OpenTask, openTask } from './open-task';

/** What a user of a task wants of its loading. */
export interface Loading {
  signal: AbortSignal;
  onProgress?: (progress: LoadProgress) => void;
}

interface Entry {
  model: string;
  task: Promise<OpenTask>;
  /** Ends the loading once nobody waits for it. */
  abandoned: AbortController;
  loaded: boolean;
  users: Set<Loading>;
  /** Out of the cache: to be disposed of after its last user. */
  retired: boolean;
}

/** The tasks that are ready, one for each task, model and device: those last used are kept, the others disposed of when nobody uses them. */
export class TaskSessions {
  readonly #mobilenet: MobileNet;
  readonly #shelf: ModelShelf;
  /** Those last used at the end. */
  readonly #entries = new Map<string, Entry>();

  constructor(mobilenet: MobileNet, shelf: ModelShelf) {
    this.#mobilenet = mobilenet;
    this.#shelf = shelf;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Runs `work` with a task, which is loaded for it if need be and lives at least as long. On abort rejects with the signal's reason. */
  async use<Result>(choice: Choice, loading: Loading, work: (task: OpenTask) => Promise<Result>): Promise<Result> {
    loading.signal.throwIfAborted();
    const key = JSON.stringify([choice.task, choice.model, choice.device]);
    const entry = this.#entries.get(key) ?? this.#load(key, choice);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.users.add(loading);
    this.#retireOldest();
    try {
      return await work(await untilAborted(entry.task, loading.signal));
    } finally {
      entry.users.delete(loading);
      this.#release(key, entry);
    }
  }

  /** Forgets the tasks of a model, whose file may have changed. */
  forget(model: string): void {
    for (const [key, entry] of this.#entries) {
      if (entry.model === model) {
        this.#retire(key, entry);
      }
    }
  }

  #load(key: string, choice: Choice): Entry {
    const abandoned = new AbortController();
    const users = new Set<Loading>();
    const onProgress = (progress: LoadProgress) => {
      for (const user of users) {
        user.onProgress?.(progress);
      }
    };
    const load = async () => {
      const model = await this.#shelf.find(choice.model);
      return openTask(this.#mobilenet, choice, model, { maxPixels, onProgress, signal: abandoned.signal });
    };
    const entry: Entry = { model: choice.model, task: load(), abandoned, loaded: false, users, retired: false };
    entry.task.then(
      () => {
        entry.loaded = true;
        this.#release(key, entry);
      },
      () => this.#retire(key, entry),
    );
    return entry;
  }

  #retireOldest(): void {
    for (const [key, entry] of this.#entries) {
      if (this.#entries.size <= maxOpenTasks) {
        return;
      }
      this.#retire(key, entry);
    }
  }

  #retire(key: string, entry: Entry): void {
    entry.retired = true;
    if (this.#entries.get(key) === entry) {
      this.#entries.delete(key);
    }
    this.#release(key, entry);
  }

  #release(key: string, entry: Entry): void {
    if (entry.users.size > 0) {
      return;
    }
    if (!entry.loaded && !entry.retired) {
      entry.abandoned.abort();
      this.#retire(key, entry);
    } else if (entry.retired) {
      entry.task.then((task) => task.dispose()).catch(() => {}); // it never came to be
    }
  }
}

function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
