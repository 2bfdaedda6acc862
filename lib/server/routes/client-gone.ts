import type { FastifyReply } from 'fastify';

/** Aborts when the client goes away before its answer is complete. */
export function clientGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) {
      gone.abort(new Error('the client has gone away'));
    }
  });
  return gone.signal;
}
