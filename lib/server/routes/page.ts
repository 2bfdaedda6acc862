import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';

/** Beside the compiled server; from the sources it lies in `dist`. */
const candidates = [path.join(__dirname, '..', '..', 'page'), path.join(__dirname, '..', '..', '..', 'dist', 'page')];

/** Of all kinds of files that the page is bundled to. */
const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.md': 'text/markdown; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};

/** Names of bundled files hold a hash of their content; the others are asked for anew each time. */
const cacheControl = (name: string) => (name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');

/** Paths of the files in a folder, with slashes. */
function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => path.relative(folder, path.join(parentPath, name)).split(path.sep).join('/'));
}

/**
 * The page at `/`: its few files are read when the server starts, each with a route of its own. No address is ever made into a path, so that none can
 * lead out of the folder.
 */
export function addPage(server: FastifyInstance): void {
  const folder = candidates.find((each) => existsSync(path.join(each, 'index.html')));
  if (folder === undefined) {
    throw new Error('the page is missing from this installation (dist/page)');
  }
  for (const name of filesIn(folder)) {
    addFile(server, name, readFileSync(path.join(folder, name)));
  }
}

/** Whether a client has the content already (RFC 9110, 13.1.2): it may name several, and proxies that compress make a tag weak. */
function isKnown(etag: string, ifNoneMatch = ''): boolean {
  const known = ifNoneMatch.split(',').map((each) => each.trim().replace(/^W\//, ''));
  return known.includes(etag) || known.includes('*');
}

function addFile(server: FastifyInstance, name: string, content: Buffer): void {
  const type = types[path.extname(name)] ?? 'application/octet-stream';
  const etag = `"${createHash('sha256').update(content).digest('base64url')}"`;
  const url = name === 'index.html' ? '/' : `/${name}`;
  server.get(url, { schema: { hide: true } }, async (request, reply) => {
    reply.headers({ etag, 'cache-control': cacheControl(name) });
    if (isKnown(etag, request.headers['if-none-match'])) {
      return reply.code(304).send();
    }
    return reply.type(type).send(content);
  });
}
