import type { BridgeAnswer, BridgeError, MobileNetBridge, OpenedStream } from './bridge';
import { EngineError, type Frame, type FrameListener, type FrameStream, type RunResult } from './engine';

/** An abort that nobody here asked for would be a fault of the bridge. */
export function toEngineError({ code, message }: BridgeError): EngineError {
  return new EngineError(code === 'ABORT_ERR' ? 'ERR_INTERNAL' : code, message);
}

/**
 * Frames over the bridge. As many run as the process takes, the newest of the others waits, the rest are dropped here: none is copied to
 * another process in vain, and none can queue there.
 */
export class BridgeStream implements FrameStream {
  readonly #bridge: MobileNetBridge;
  readonly #opened: OpenedStream;
  readonly #listener: FrameListener;
  #running = 0;
  #waiting: Frame | undefined;
  #open = true;

  constructor(bridge: MobileNetBridge, opened: OpenedStream, listener: FrameListener) {
    this.#bridge = bridge;
    this.#opened = opened;
    this.#listener = listener;
    bridge.listen(opened.stream, {
      answered: (answer) => this.#answered(answer),
      closed: (error) => this.#end(toEngineError(error)),
    });
  }

  get unanswered(): number {
    return this.#running + (this.#waiting ? 1 : 0);
  }

  send(frame: Frame): void {
    if (!this.#open) {
      return;
    }
    if (this.#running < this.#opened.framesInFlight) {
      this.#run(frame);
      return;
    }
    const dropped = this.#waiting;
    this.#waiting = frame;
    if (dropped) {
      this.#listener.dropped(1);
    }
  }

  close(): void {
    if (this.#open) {
      this.#bridge.closeStream(this.#opened.stream);
      this.#end();
    }
  }

  #run({ data, width, height }: Frame): void {
    this.#running++;
    this.#bridge.sendFrame(this.#opened.stream, { data, width, height });
  }

  #answered(answer: BridgeAnswer<RunResult>): void {
    if (!this.#open) {
      return;
    }
    this.#running--;
    const next = this.#waiting;
    this.#waiting = undefined;
    if (next) {
      this.#run(next);
    }
    if ('error' in answer) {
      this.#listener.failed(toEngineError(answer.error));
    } else {
      this.#listener.result(answer.value);
    }
  }

  #end(error?: EngineError): void {
    if (this.#open) {
      this.#open = false;
      this.#running = 0;
      this.#waiting = undefined;
      // Never within the call that ended it.
      queueMicrotask(() => this.#listener.closed(error));
    }
  }
}
