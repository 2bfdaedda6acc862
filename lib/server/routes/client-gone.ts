import type { FastifyReply } from 'fastify';
import { ClientGone } from '../errors';

/** Aborts when the client goes away before its answer is complete. */
export function clientGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) {
      gone.abort(new ClientGone());
    }
  });
  return gone.signal;
}
