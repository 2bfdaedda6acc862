import type { RawImage } from 'mobilenet-metal';
import type { RunResult } from '../../../../page/src/engine/engine';
import { framesInFlight } from '../limits';
import { CallError } from './errors';
import type { FrameOptions, OpenTask } from './open-task';

export interface FrameAnswers {
  result(result: RunResult): void;
  failed(error: unknown): void;
}

/** The frames of one camera on their way through a task. */
export class FrameFeed {
  readonly framesInFlight: number;
  readonly #task: OpenTask;
  readonly #closing = new AbortController();
  readonly #frames: ReadableStream<RawImage>;
  #queue: ReadableStreamDefaultController<RawImage> | undefined;
  #unanswered = 0;

  constructor(task: OpenTask) {
    this.#task = task;
    this.framesInFlight = framesInFlight[task.device];
    this.#frames = new ReadableStream<RawImage>({
      start: (controller) => {
        this.#queue = controller;
      },
    });
  }

  /** Queues nothing: whoever sends a frame too many has not kept to {@link framesInFlight}, and is told by ERR_BUSY. */
  send(frame: RawImage): void {
    if (this.#closing.signal.aborted) {
      return;
    }
    if (this.#unanswered >= this.framesInFlight) {
      throw new CallError('ERR_BUSY', `expected at most ${this.framesInFlight} frames without an answer but received one more`);
    }
    this.#unanswered++;
    this.#queue?.enqueue(frame);
  }

  /** Until it is closed: then it resolves. Rejects with what ends the stream of a task. */
  async run(options: object, answers: FrameAnswers): Promise<void> {
    const { signal } = this.#closing;
    const all: FrameOptions = { ...options, concurrency: this.framesInFlight, signal };
    try {
      for await (const result of this.#task.stream(this.#frames as AsyncIterable<RawImage>, all)) {
        this.#unanswered--;
        if ('error' in result) {
          answers.failed(result.error);
        } else {
          answers.result(result);
        }
      }
    } catch (error) {
      if (!signal.aborted) {
        throw error;
      }
    }
  }

  close(): void {
    this.#closing.abort();
  }
}
