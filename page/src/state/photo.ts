import { signal } from '@preact/signals';
import type { Choice, EngineError } from '../engine/engine';
import type { ShownResult } from './shown-result';

/** How far a photo's run is. `busy`: the engine had too much to do, and is asked again. */
export type PhotoRun = { kind: 'waiting' | 'running' | 'busy' | 'done' } | { kind: 'failed'; error: EngineError };

/** An answer, and what was asked. */
export interface Answer {
  choice: Choice;
  result: ShownResult;
}

/** What the browser makes of a photo's file. */
export type PhotoPicture =
  | { kind: 'opening' }
  /** Upright size in pixels, and the address of a small copy. */
  | { kind: 'shown'; width: number; height: number; thumbnail: string }
  /** It cannot show this format; the engine may read it all the same. */
  | { kind: 'unknown' };

let last = 0;

/** A photo on the page. */
export class Photo {
  readonly id = ++last;
  readonly url: string;
  readonly picture = signal<PhotoPicture>({ kind: 'opening' });
  readonly run = signal<PhotoRun>({ kind: 'waiting' });
  /** The last answer; that of another run than `run` tells of, until that one answers. */
  readonly answer = signal<Answer | undefined>(undefined);
  /** Of the plan that `run` tells of; undefined where the photo has to be run. */
  runKey: string | undefined;
  #disposed = false;

  constructor(readonly file: File) {
    this.url = URL.createObjectURL(file);
  }

  get name(): string {
    return this.file.name || 'pasted picture';
  }

  /** Takes over the address of its small copy; revokes it where the photo is gone already. */
  show(width: number, height: number, thumbnail: string): void {
    if (this.#disposed) {
      URL.revokeObjectURL(thumbnail);
    } else {
      this.picture.value = { kind: 'shown', width, height, thumbnail };
    }
  }

  dispose(): void {
    this.#disposed = true;
    URL.revokeObjectURL(this.url);
    const picture = this.picture.value;
    if (picture.kind === 'shown') {
      URL.revokeObjectURL(picture.thumbnail);
    }
  }
}
