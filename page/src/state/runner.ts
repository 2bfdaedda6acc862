import { effect, type ReadonlySignal, untracked } from '@preact/signals';
import { EngineError } from '../engine/engine';
import type { Connection } from './connection';
import { toEngineError } from './errors';
import type { Photo } from './photo';
import type { Photos } from './photos';
import type { RunPlan } from './run-plan';
import { keepResult, type ShownResult } from './shown-result';
import { bytes } from './words';

/** Photos sent at a time: one is decoded while the network works on another. */
const atOnce = 2;
/** Milliseconds before a busy engine is asked again; then the run has failed. */
const busyPauses = [300, 600, 1200, 2500, 5000];

/** Runs the plan on every photo, and again on all when it changes; runs that nobody waits for any more are aborted. */
export class Runner {
  readonly #running = new Map<Photo, AbortController>();
  #plan: RunPlan | undefined;

  constructor(
    readonly connection: Connection,
    readonly photos: Photos,
    plan: ReadonlySignal<RunPlan | undefined>,
    /** Told of each answer and failure. */
    readonly finished: (photo: Photo) => void,
  ) {
    effect(() => {
      const wanted = plan.value;
      const list = photos.list.value;
      untracked(() => this.#follow(wanted, list));
    });
  }

  /** Runs once more on a photo. */
  retry(photo: Photo): void {
    photo.runKey = undefined;
    this.#begin();
  }

  #follow(plan: RunPlan | undefined, list: readonly Photo[]): void {
    this.#plan = plan;
    for (const [photo, controller] of this.#running) {
      if (photo.runKey !== plan?.key || !list.includes(photo)) {
        this.#running.delete(photo);
        photo.runKey = undefined;
        photo.run.value = { kind: 'waiting' };
        controller.abort();
      }
    }
    // Without a plan, as while the engine is gone, what has been found stays.
    for (const photo of plan ? list : []) {
      if (photo.runKey !== plan?.key) {
        photo.run.value = { kind: 'waiting' };
        photo.runKey = undefined;
      }
    }
    this.#begin();
  }

  /** Begins as many runs as may be under way at a time: the photo that is seen large first. */
  #begin(): void {
    const plan = this.#plan;
    if (!plan) {
      return;
    }
    const large = this.photos.enlarged.value;
    const waiting = this.photos.list.value.filter((photo) => photo.runKey !== plan.key);
    waiting.sort((a, b) => Number(b === large) - Number(a === large));
    for (const photo of waiting) {
      if (this.#running.size >= atOnce) {
        return;
      }
      const controller = new AbortController();
      this.#running.set(photo, controller);
      photo.runKey = plan.key;
      this.#run(photo, plan, controller.signal);
    }
  }

  async #run(photo: Photo, plan: RunPlan, signal: AbortSignal): Promise<void> {
    photo.run.value = { kind: 'running' };
    try {
      const result = await this.#insist(photo, plan, signal);
      signal.throwIfAborted();
      photo.answer.value = { choice: plan.choice, result };
      photo.run.value = { kind: 'done' };
    } catch (thrown) {
      if (signal.aborted) {
        return;
      }
      const error = toEngineError(thrown);
      photo.run.value = { kind: 'failed', error };
      if (error.code === 'ERR_SERVER_GONE') {
        // Once it is back, all that failed for that is run again.
        this.#running.delete(photo);
        photo.runKey = undefined;
        this.connection.lost(error);
        return;
      }
    }
    this.#running.delete(photo);
    this.finished(photo);
    this.#begin();
  }

  /** Runs; while the engine is busy, asks again after a while. */
  async #insist(photo: Photo, plan: RunPlan, signal: AbortSignal): Promise<ShownResult> {
    this.#checkSize(photo);
    for (let tries = 0; ; tries++) {
      try {
        return keepResult(plan.choice.task, await this.connection.engine.run(plan.choice, photo.file, plan.options, signal));
      } catch (error) {
        const pause = busyPauses[tries];
        if (!(error instanceof EngineError && error.code === 'ERR_BUSY') || pause === undefined) {
          throw error;
        }
        photo.run.value = { kind: 'busy' };
        await new Promise((resolve) => setTimeout(resolve, pause));
        signal.throwIfAborted();
      }
    }
  }

  #checkSize({ file }: Photo): void {
    const most = this.connection.info.value?.maxBytes;
    if (most !== undefined && file.size > most) {
      throw new EngineError(
        'ERR_BODY_TOO_LARGE',
        `expected a file of ${bytes(most)} at most but '${file.name}' has ${bytes(file.size)}`,
      );
    }
  }
}
