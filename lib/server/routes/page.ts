import { existsSync } from 'node:fs';
import path from 'node:path';
import files from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** Beside the compiled server; from the sources it lies in `dist`. */
const candidates = [path.join(__dirname, '..', '..', 'page'), path.join(__dirname, '..', '..', '..', 'dist', 'page')];

/** Names of bundled files hold a hash of their content. */
const isBundled = (file: string) => path.basename(path.dirname(file)) === 'assets';

/**
 * The page at `/`: a route for each file that is there when the server starts. No address is ever made into a path, so that none can lead out of
 * the folder.
 */
export function addPage(server: FastifyInstance): void {
  const root = candidates.find((folder) => existsSync(path.join(folder, 'index.html')));
  if (root === undefined) {
    throw new Error('the page is missing from this installation (dist/page)');
  }
  server.register(files, {
    root,
    wildcard: false,
    index: 'index.html',
    cacheControl: false,
    setHeaders: (reply, file) => {
      reply.header('cache-control', isBundled(file) ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
}
