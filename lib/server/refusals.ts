import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RequestError, refusalOf } from './errors';
import type { CheckedOptions } from './options';

/** What a client waits before it tries again, in seconds. */
const retryAfter = 1;

/** Has everything that fails answered in the one form there is for it. */
export function addRefusals(server: FastifyInstance, onLog: CheckedOptions['onLog']): void {
  server.setErrorHandler((error, request, reply) => refuse(error, { request, reply }, onLog));
  server.setNotFoundHandler((request, reply) =>
    refuse(new RequestError('ERR_NOT_FOUND', 'there is nothing at this address'), { request, reply }, onLog),
  );
}

function refuse(
  error: unknown,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  onLog: CheckedOptions['onLog'],
) {
  const { status, answer, unexpected } = refusalOf(error);
  if (unexpected) {
    onLog({ level: 'error', message: 'a request failed', method: request.method, path: request.routeOptions.url, error });
  }
  if (status === 503) {
    reply.header('retry-after', retryAfter);
  }
  if (!request.raw.complete) {
    // The rest of its body is of no interest, and nothing else can be said over this connection before it has come.
    reply.header('connection', 'close');
    request.raw.resume();
  }
  return reply.code(status).type('application/json').send(answer);
}
