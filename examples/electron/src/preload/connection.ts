import type { LoadProgress } from 'mobilenet-metal';
import type {
  BridgeAnswer,
  BridgeError,
  BridgeFrame,
  BridgeMethod,
  BridgeMethods,
  BridgeStreamListener,
  OpenedStream,
} from '../../../../page/src/engine/bridge';
import type { Gone } from '../channels';
import type { Reply, Request } from '../messages';

type AnyAnswer = BridgeAnswer<BridgeMethods[BridgeMethod]['value']>;

interface PendingCall {
  answer(answer: AnyAnswer): void;
  onProgress?: (progress: LoadProgress) => void;
}

/** A stream, and what came before its listener did. */
interface Stream {
  listener?: BridgeStreamListener;
  closed?: BridgeError;
}

/**
 * The page's end of the channel to the process that runs the networks. When that process ends, what is under way is answered with
 * ERR_SERVER_GONE; what is asked for after that waits for the port to the next one.
 */
export class Connection {
  #port: MessagePort | undefined;
  /** Why no port is to be waited for. */
  #goneForGood: string | undefined;
  /** Until there is a port. */
  #unsent: Request[] = [];
  readonly #calls = new Map<number, PendingCall>();
  readonly #streams = new Map<number, Stream>();

  /** A port to a process that has just been started. */
  attach(port: MessagePort): void {
    this.#lose('the process that runs the networks was started anew');
    this.#goneForGood = undefined;
    this.#port = port;
    port.onmessage = ({ data }) => this.#receive(data);
    for (const request of this.#unsent.splice(0)) {
      port.postMessage(request);
    }
  }

  /** The process has ended. */
  gone({ message, forGood }: Gone): void {
    this.#lose(message);
    if (forGood) {
      this.#goneForGood = message;
      this.#unsent = [];
      this.#failCalls(message);
    }
  }

  call<Method extends BridgeMethod>(
    id: number,
    method: Method,
    params: BridgeMethods[Method]['params'],
    onProgress?: (progress: LoadProgress) => void,
  ): Promise<BridgeAnswer<BridgeMethods[Method]['value']>> {
    return new Promise((resolve) => {
      if (this.#goneForGood !== undefined) {
        resolve({ error: { code: 'ERR_SERVER_GONE', message: this.#goneForGood } });
        return;
      }
      // The answer to a call is one of its method.
      const answer = resolve as (answer: AnyAnswer) => void;
      this.#calls.set(id, { answer, onProgress });
      this.#send({ type: 'call', id, method, params, progress: onProgress !== undefined } as Request);
    });
  }

  abort(id: number): void {
    if (this.#calls.has(id)) {
      this.#send({ type: 'abort', id });
    }
  }

  listen(stream: number, listener: BridgeStreamListener): void {
    const opened = this.#streams.get(stream);
    if (opened?.closed) {
      this.#endStream(stream, opened.closed, listener);
    } else if (opened) {
      opened.listener = listener;
    }
  }

  sendFrame(stream: number, frame: BridgeFrame): void {
    if (this.#streams.has(stream)) {
      this.#port?.postMessage({ type: 'frame', stream, frame } satisfies Request);
    }
  }

  closeStream(stream: number): void {
    if (this.#streams.delete(stream)) {
      this.#port?.postMessage({ type: 'close-stream', stream } satisfies Request);
    }
  }

  #send(request: Request): void {
    if (this.#port) {
      this.#port.postMessage(request);
    } else {
      this.#unsent.push(request);
    }
  }

  #receive(reply: Reply): void {
    switch (reply.type) {
      case 'answer':
        this.#answer(reply.id, reply.answer);
        return;
      case 'progress':
        this.#calls.get(reply.id)?.onProgress?.(reply.progress);
        return;
      case 'frame-answer':
        this.#streams.get(reply.stream)?.listener?.answered(reply.answer);
        return;
      case 'stream-closed':
        this.#endStream(reply.stream, reply.error, this.#streams.get(reply.stream)?.listener);
    }
  }

  #answer(id: number, answer: AnyAnswer): void {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if ('value' in answer && isOpenedStream(answer.value)) {
      this.#streams.set(answer.value.stream, {});
    }
    call?.answer(answer);
  }

  #endStream(stream: number, error: BridgeError, listener: BridgeStreamListener | undefined): void {
    const opened = this.#streams.get(stream);
    if (listener) {
      this.#streams.delete(stream);
      listener.closed(error);
    } else if (opened) {
      opened.closed = error;
    }
  }

  /** Calls that have not been sent yet are none of the process's that is gone. */
  #lose(message: string): void {
    if (!this.#port) {
      return;
    }
    this.#port.onmessage = null;
    this.#port.close();
    this.#port = undefined;
    this.#failCalls(message);
    for (const [stream, { listener }] of [...this.#streams]) {
      this.#endStream(stream, { code: 'ERR_SERVER_GONE', message }, listener);
    }
  }

  #failCalls(message: string): void {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of calls) {
      call.answer({ error: { code: 'ERR_SERVER_GONE', message } });
    }
  }
}

function isOpenedStream(value: object): value is OpenedStream {
  return 'stream' in value;
}
