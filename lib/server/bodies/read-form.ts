import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { RequestError } from '../errors';
import type { BodyMemory } from './body-memory';
import { type Body, type BodyLimits, collect } from './collect';

/** Reads the parts of one form until its end, so that what is wrong behind the picture is noticed too. */
class FormReading {
  readonly #request: FastifyRequest;
  readonly #maxBytes: number;
  readonly #memory: BodyMemory;
  #body: Body | undefined;
  #file: Readable | undefined;
  #givenUp = false;

  constructor(request: FastifyRequest, maxBytes: number, memory: BodyMemory) {
    this.#request = request;
    this.#maxBytes = maxBytes;
    this.#memory = memory;
  }

  async read(): Promise<Body> {
    for await (const part of this.#request.parts()) {
      if (part.type !== 'file') {
        throw new RequestError('ERR_BAD_REQUEST', 'expected options in the query, as in ?topK=3, but received a form field');
      }
      this.#file = part.file;
      this.#body = { ...(await collect(part.file, this.#maxBytes, this.#memory)), name: part.filename || 'the picture' };
      if (this.#givenUp) {
        this.#body.release();
      }
    }
    if (!this.#body) {
      throw new RequestError('ERR_BAD_REQUEST', 'expected a form with a file but received one without');
    }
    return this.#body;
  }

  /** Ends what is still being read, and gives its memory back. */
  giveUp(): void {
    this.#givenUp = true;
    this.#body?.release();
    this.#file?.destroy();
  }
}

/** The one file of a form; throws as `readPicture` does. */
export async function readForm(request: FastifyRequest, { maxBytes, memory, seconds }: BodyLimits): Promise<Body> {
  const reading = new FormReading(request, maxBytes, memory);
  let timer: NodeJS.Timeout | undefined;
  // With some damaged forms, such as one with much behind its end, the reader never comes to an end.
  const stuck = new Promise<never>((_, reject) => {
    const tooLong = () => reject(new RequestError('ERR_BAD_REQUEST', 'expected a form that ends but received one that does not'));
    timer = setTimeout(tooLong, seconds * 1000);
  });
  try {
    return await Promise.race([reading.read(), stuck]);
  } catch (error) {
    reading.giveUp();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
