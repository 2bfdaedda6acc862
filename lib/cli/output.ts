import { once } from 'node:events';
import { MobileNetError } from '../errors';
import { reasonOf } from '../write-error';

/** The reader of our output has gone away, as `head` does: nothing more to do, nothing wrong. */
export class OutputClosed extends Error {}

/** Why no more can be written: nobody reads it, or it is a file on a disk that is full (ERR_WRITE). */
export type OutputFailure = OutputClosed | MobileNetError;

/** What steers a terminal, or begins a line there. */
const controls = /[\p{Cc}\u2028\u2029]/gu;

/** What JSON leaves as it is of that. */
const controlsInJson = /[\x7f-\x9f\u2028\u2029]/g;

/** Line breaks of our own messages: before what is indented, and in what the loader of the addon says. Those in names are others. */
const ownBreak = /\n(?= {2}|- |Possible solutions:\n)/;

/** Text from files, models and the command line without the characters that could steer a terminal. */
export function printable(text: string): string {
  return text.replaceAll(controls, '\ufffd');
}

/** A message, in which only line breaks of our own are some: no name can forge a line that looks like one of ours. */
export function printableMessage(text: string): string {
  return text.split(ownBreak).map(printable).join('\n');
}

/** JSON whose text cannot steer a terminal either: what JSON need not escape is escaped. */
export function printableJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replaceAll(
    controlsInJson,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Tells people something, on stderr. All that commands write there goes through this, but for bars and the log of `serve`. */
export function say(text: string, stream: NodeJS.WriteStream = process.stderr): void {
  stream.write(`mobilenet: ${printableMessage(text)}\n`);
}

function failureOf(error: NodeJS.ErrnoException): OutputFailure {
  return error.code === 'EPIPE'
    ? new OutputClosed()
    : new MobileNetError('ERR_WRITE', `cannot write to standard output: ${reasonOf(error)}`, { cause: error });
}

/**
 * Writes lines that cannot steer a terminal, whatever is in them, waiting for the reader when it is slow. After a failure, writing throws it.
 */
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

  line(text = ''): Promise<void> {
    return this.lines([text]);
  }

  lines(lines: readonly string[]): Promise<void> {
    return this.#write(lines.map(printable).join('\n'));
  }

  /** @param indent of a document over several lines. Default: one line */
  json(value: unknown, indent?: number): Promise<void> {
    return this.#write(printableJson(value, indent));
  }

  /** A path: programs get it as it is. */
  path(path: string): Promise<void> {
    return this.#write(this.stream.isTTY ? printable(path) : path);
  }

  async #write(text: string): Promise<void> {
    if (!this.#failure && !this.stream.write(`${text}\n`)) {
      // `once` rejects when an error comes instead; the listener above has taken note of it.
      await once(this.stream, 'drain').catch(() => {});
    }
    if (this.#failure) {
      throw this.#failure;
    }
  }
}
