/** What becomes of one frame. */
export interface FrameOutcome<Result> {
  /** Counts frames from 0, dropped ones too. */
  frame: number;
  /** Frames that were dropped since the outcome before. */
  dropped: number;
  result?: Result;
  error?: unknown;
}

export interface FramePumpOptions<Frame, Result> {
  /** Frames in work at a time. */
  atOnce: number;
  work(frame: Frame): Promise<Result>;
  /** Told in the order of the frames. */
  tell(outcome: FrameOutcome<Result>): void;
  /** Whether outcomes can be told: while not, frames are dropped. Asked for every frame. */
  ready?(): boolean;
}

interface Waiting<Frame> {
  frame: Frame;
  number: number;
}

/** Works on frames as they come and keeps none waiting but the newest: what a camera shows now matters, not what it showed. */
export class FramePump<Frame, Result> {
  readonly #options: FramePumpOptions<Frame, Result>;
  #running = 0;
  #count = 0;
  #dropped = 0;
  #waiting: Waiting<Frame> | undefined;
  #told: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(options: FramePumpOptions<Frame, Result>) {
    this.#options = options;
  }

  /** Frames that were dropped and that no outcome has told of yet. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes a frame; one that waits already is dropped for it. */
  push(frame: Frame): void {
    const next = { frame, number: this.#count++ };
    if (this.#ended || this.#options.ready?.() === false) {
      this.#dropped++;
      return;
    }
    if (this.#running < this.#options.atOnce) {
      this.#start(next);
      return;
    }
    if (this.#waiting) {
      this.#dropped++;
    }
    this.#waiting = next;
  }

  /** Starts nothing more and tells nothing more. */
  end(): void {
    this.#ended = true;
    this.#waiting = undefined;
  }

  #start({ frame, number }: Waiting<Frame>): void {
    this.#running++;
    const done = this.#settle(frame).then((outcome) => {
      this.#running--;
      this.#startWaiting();
      return outcome;
    });
    this.#told = this.#told.then(async () => {
      const outcome = await done;
      if (!this.#ended) {
        this.#options.tell({ frame: number, dropped: this.#takeDropped(), ...outcome });
      }
    });
  }

  async #settle(frame: Frame): Promise<Pick<FrameOutcome<Result>, 'result' | 'error'>> {
    try {
      return { result: await this.#options.work(frame) };
    } catch (error) {
      return { error };
    }
  }

  #startWaiting(): void {
    const next = this.#waiting;
    this.#waiting = undefined;
    if (next) {
      this.#start(next);
    }
  }

  #takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }
}
