import type { Choice, EngineError, Frame, FrameListener, FrameStream } from '../engine';
import { queryOf } from './query';
import { errorFrom, serverGone } from './request';
import { answerOptions, resultFrom } from './results';

/** Little is lost by it, and a frame is a tenth of its pixels' size. */
const frameQuality = 0.9;

interface FrameAnswer {
  frame: number;
  dropped: number;
  result?: unknown;
}

/** A camera's frames over a WebSocket: JPEGs out, JSON in. */
export class HttpFrameStream implements FrameStream {
  readonly #socket: WebSocket;
  readonly #choice: Choice;
  readonly #listener: FrameListener;
  #unanswered = 0;
  #refusal: EngineError | undefined;
  #closed = false;
  /** Frames are packed one after the other, so that they stay in order. */
  #sent: Promise<void> = Promise.resolve();
  /** Answers are unpacked so too. */
  #told: Promise<void> = Promise.resolve();

  private constructor(socket: WebSocket, choice: Choice, listener: FrameListener) {
    this.#socket = socket;
    this.#choice = choice;
    this.#listener = listener;
    socket.addEventListener('message', ({ data }) => {
      this.#told = this.#told.then(() => this.#tell(String(data)));
    });
    socket.addEventListener('close', () => {
      this.#told = this.#told.then(() => listener.closed(this.#closed ? undefined : (this.#refusal ?? serverGone())));
    });
  }

  /** Rejects with ERR_SERVER_GONE where there is no server. */
  static open(choice: Choice, options: object, listener: FrameListener): Promise<HttpFrameStream> {
    const query = queryOf(choice, { ...options, ...answerOptions(choice.task), task: choice.task });
    const address = new URL(`v1/camera?${query}`, location.href);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(address);
    return new Promise((resolve, reject) => {
      socket.addEventListener('open', () => resolve(new HttpFrameStream(socket, choice, listener)), { once: true });
      socket.addEventListener('error', () => reject(serverGone()), { once: true });
    });
  }

  get unanswered(): number {
    return this.#unanswered;
  }

  send(frame: Frame): void {
    this.#unanswered++;
    this.#sent = this.#sent.then(async () => {
      const bytes = await this.#encode(frame);
      if (this.#socket.readyState === WebSocket.OPEN) {
        this.#socket.send(bytes);
      }
    });
  }

  close(): void {
    this.#closed = true;
    this.#socket.close();
  }

  #encode(frame: Frame): Promise<Blob> {
    const canvas = new OffscreenCanvas(frame.width, frame.height);
    canvas.getContext('2d')?.putImageData(frame, 0, 0);
    return canvas.convertToBlob({ type: 'image/jpeg', quality: frameQuality });
  }

  async #tell(text: string): Promise<void> {
    if (this.#closed) {
      return;
    }
    const answer = JSON.parse(text) as Partial<FrameAnswer>;
    if (answer.frame === undefined) {
      // No frame's: why the server hangs up.
      this.#refusal = errorFrom(answer);
      return;
    }
    const { dropped = 0, result } = answer;
    this.#unanswered -= 1 + dropped;
    if (dropped > 0) {
      this.#listener.dropped(dropped);
    }
    if (result === undefined) {
      this.#listener.failed(errorFrom(answer));
      return;
    }
    const unpacked = await resultFrom(this.#choice.task, result);
    if (!this.#closed) {
      this.#listener.result(unpacked);
    }
  }
}
