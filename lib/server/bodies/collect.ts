import { RequestError } from '../errors';
import type { BodyMemory } from './body-memory';

/** A body that has come whole. */
export interface Body {
  bytes: Uint8Array;
  /** What the client calls it, for messages. */
  name: string;
  /** Gives its memory back to the others. To be called once. */
  release(): void;
}

/** What a body may take. */
export interface BodyLimits {
  /** Of its picture. */
  maxBytes: number;
  /** Shared with all other bodies. */
  memory: BodyMemory;
  /** In which it must have been read. */
  seconds: number;
}

const firstCapacity = 64 * 2 ** 10;

/**
 * Collects a stream in one growing buffer: chunks kept as they come would cost a client who sends single bytes nothing and us hundreds each.
 *
 * @throws {RequestError} ERR_BODY_TOO_LARGE beyond `maxBytes`, ERR_BUSY where `memory` is used up
 */
export async function collect(
  stream: AsyncIterable<Uint8Array>,
  maxBytes: number,
  memory: BodyMemory,
): Promise<Omit<Body, 'name'>> {
  let buffer = Buffer.alloc(0);
  let length = 0;
  let held = 0;
  const grow = (needed: number) => {
    const capacity = Math.min(Math.max(firstCapacity, buffer.length * 2, needed), Math.max(maxBytes, needed));
    memory.take(capacity - held);
    held = capacity;
    const larger = Buffer.allocUnsafeSlow(capacity);
    buffer.copy(larger, 0, 0, length);
    buffer = larger;
  };
  try {
    for await (const chunk of stream) {
      if (length + chunk.length > maxBytes) {
        throw new RequestError('ERR_BODY_TOO_LARGE', `expected at most ${maxBytes} bytes but received more`);
      }
      if (length + chunk.length > buffer.length) {
        grow(length + chunk.length);
      }
      buffer.set(chunk, length);
      length += chunk.length;
    }
  } catch (error) {
    memory.giveBack(held);
    throw error;
  }
  return { bytes: buffer.subarray(0, length), release: () => memory.giveBack(held) };
}
