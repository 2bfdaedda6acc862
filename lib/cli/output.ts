import { once } from 'node:events';
import { MobileNetError } from '../errors';
import { reasonOf } from '../write-error';

/** The reader of our output has gone away, as `head` does: nothing more to do, nothing wrong. */
export class OutputClosed extends Error {}

/** Why no more can be written: nobody reads it, or it is a file on a disk that is full (ERR_WRITE). */
export type OutputFailure = OutputClosed | MobileNetError;

function failureOf(error: NodeJS.ErrnoException): OutputFailure {
  return error.code === 'EPIPE'
    ? new OutputClosed()
    : new MobileNetError('ERR_WRITE', `cannot write to standard output: ${reasonOf(error)}`, { cause: error });
}

/** Writes lines, waiting for the reader when it is slow. After a failure, writing throws it. */
export class Output {
  #failure: OutputFailure | undefined;

  /** @param onFailure called once, when nothing more can be written */
  constructor(
    readonly stream: NodeJS.WriteStream,
    onFailure: (failure: OutputFailure) => void = () => {},
  ) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!this.#failure) {
        this.#failure = failureOf(error);
        onFailure(this.#failure);
      }
    });
  }

  async line(text = ''): Promise<void> {
    if (!this.#failure && !this.stream.write(`${text}\n`)) {
      // `once` rejects when an error comes instead; the listener above has taken note of it.
      await once(this.stream, 'drain').catch(() => {});
    }
    if (this.#failure) {
      throw this.#failure;
    }
  }
}

/** Text from files and the command line without the characters that could steer a terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, '\ufffd');
}
