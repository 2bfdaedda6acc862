import { effect, type ReadonlySignal, signal, untracked } from '@preact/signals';
import type { LoadProgress } from '../../../lib';
import type { Choice, EngineError, EngineModel, LoadedModel } from '../engine/engine';
import type { Connection } from './connection';
import { toEngineError } from './errors';

export type LoadState =
  | { kind: 'waiting' }
  /** The task has no model here or anywhere. */
  | { kind: 'no-model' }
  /** It has to be pulled first. */
  | { kind: 'not-pulled'; model: EngineModel }
  | { kind: 'loading'; choice: Choice; progress?: LoadProgress }
  | { kind: 'ready'; choice: Choice; model: LoadedModel }
  | { kind: 'failed'; choice: Choice; error: EngineError };

const busyPause = 1000;

/** Makes the chosen model ready, and whatever is chosen after it. */
export class ModelLoader {
  readonly state = signal<LoadState>({ kind: 'waiting' });
  readonly #attempt = signal(0);

  /** @param chosen undefined where there is nothing to choose from */
  constructor(
    readonly connection: Connection,
    chosen: ReadonlySignal<{ choice: Choice; model: EngineModel } | undefined>,
  ) {
    effect(() => {
      this.#attempt.value;
      const ready = connection.state.value.kind === 'ready';
      const now = chosen.value;
      return untracked(() => {
        if (!ready) {
          this.state.value = { kind: 'waiting' };
        } else if (!now) {
          this.state.value = { kind: 'no-model' };
        } else if (now.model.location === 'available') {
          this.state.value = { kind: 'not-pulled', model: now.model };
        } else {
          const controller = new AbortController();
          this.#load(now.choice, controller.signal);
          return () => controller.abort();
        }
      });
    });
  }

  retry(): void {
    this.#attempt.value++;
  }

  async #load(choice: Choice, signal: AbortSignal): Promise<void> {
    this.state.value = { kind: 'loading', choice };
    const onProgress = (progress: LoadProgress) => {
      if (!signal.aborted) {
        this.state.value = { kind: 'loading', choice, progress };
      }
    };
    try {
      const model = await this.connection.engine.load(choice, onProgress, signal);
      if (!signal.aborted) {
        this.state.value = { kind: 'ready', choice, model };
      }
    } catch (thrown) {
      if (signal.aborted) {
        return;
      }
      const error = toEngineError(thrown);
      this.state.value = { kind: 'failed', choice, error };
      if (error.code === 'ERR_SERVER_GONE') {
        this.connection.lost(error);
      } else if (error.code === 'ERR_BUSY') {
        setTimeout(() => !signal.aborted && this.retry(), busyPause);
      }
    }
  }
}
