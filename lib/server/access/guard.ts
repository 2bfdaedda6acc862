import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import { RequestError } from '../errors';
import { hostCheck } from './hosts';
import { originAllowed } from './origins';

/** What the page may do: load its own files, talk to its own server, show pictures it made, and use the camera. */
const headers = {
  'content-security-policy': [
    "default-src 'self'",
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(self), microphone=(), geolocation=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

export interface GuardOptions {
  /** What the server listens on. */
  host: string;
  allowHosts: readonly string[];
  allowOrigins: readonly string[];
}

/** Refuses requests under a wrong host name and those of other web pages, WebSockets included, before anything of them is looked at. */
export function addGuard(server: FastifyInstance, { host, allowHosts, allowOrigins }: GuardOptions): void {
  const hostAllowed = hostCheck(host, allowHosts);
  server.addHook('onRequest', async ({ headers: { host: asked, origin } }, reply) => {
    reply.headers(headers);
    if (asked === undefined || !hostAllowed(asked)) {
      throw new RequestError('ERR_FORBIDDEN', 'this server is not known by the host name of the request (--allow-host NAME)');
    }
    if (!originAllowed(origin, asked, allowOrigins)) {
      throw new RequestError('ERR_FORBIDDEN', 'pages of other origins may not use this server (--allow-origin ORIGIN)');
    }
  });
  if (allowOrigins.length > 0) {
    server.register(cors, { origin: [...allowOrigins], methods: ['GET', 'HEAD', 'POST'], maxAge: 600 });
  }
}
