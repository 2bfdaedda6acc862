import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { describe } from '../../options';
import { isFrameworkError, RequestError } from '../errors';
import { type Body, type BodyLimits, collect } from './collect';
import { readForm } from './read-form';

/** What certainly is no picture. Forms are let pass: curl's `--data-binary` calls everything one. */
const refusedTypes = /^(application\/(json|xml|x-ndjson)|text\/)/i;

/** Makes the server hand over bodies as they come, whatever they call themselves. */
export function addBodies(server: FastifyInstance, maxBytes: number): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  server.register(multipart, {
    throwFileSizeLimit: true,
    limits: { fileSize: maxBytes, files: 1, fields: 0, parts: 2, headerPairs: 32, fieldNameSize: 256 },
  });
}

/**
 * The one picture of a request: its raw body, or the one file of a multipart form.
 *
 * @throws {RequestError} ERR_BAD_REQUEST where there is none or where it is damaged, ERR_BODY_TOO_LARGE, ERR_UNSUPPORTED_MEDIA_TYPE, ERR_BUSY; the
 *   framework's own errors for forms that are larger than they may be
 */
export async function readPicture(request: FastifyRequest, limits: BodyLimits): Promise<Body> {
  const { maxBytes } = limits;
  const type = request.headers['content-type'] ?? '';
  if (refusedTypes.test(type)) {
    const expected = 'the bytes of a picture or a multipart/form-data with one';
    throw new RequestError('ERR_UNSUPPORTED_MEDIA_TYPE', `expected ${expected} but received ${type.split(';', 1)[0]}`);
  }
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    const expected = 'a body that is not compressed for its way';
    throw new RequestError(
      'ERR_UNSUPPORTED_MEDIA_TYPE',
      `expected ${expected} but received content-encoding ${describe(encoding)}`,
    );
  }
  if (Number(request.headers['content-length'] ?? 0) > maxBytes + formOverhead(request)) {
    throw new RequestError('ERR_BODY_TOO_LARGE', `expected at most ${maxBytes} bytes but received more`);
  }
  const read = request.isMultipart() ? readForm : readRaw;
  const body = await read(request, limits).catch((error) => {
    throw isOurs(error) ? error : new RequestError('ERR_BAD_REQUEST', `the body did not come as it should: ${error.message}`);
  });
  if (body.bytes.length === 0) {
    body.release();
    throw new RequestError('ERR_BAD_REQUEST', 'expected a picture but received nothing');
  }
  return body;
}

/** All else is what became of the connection, or what the reader of forms says of damaged ones. */
const isOurs = (error: unknown) => error instanceof RequestError || isFrameworkError(error);

/** What the headers and boundaries of a form may take beside its file. */
function formOverhead(request: FastifyRequest): number {
  return request.isMultipart() ? 64 * 2 ** 10 : 0;
}

async function readRaw(request: FastifyRequest, { maxBytes, memory }: BodyLimits): Promise<Body> {
  return { ...(await collect(request.raw, maxBytes, memory)), name: 'picture' };
}
