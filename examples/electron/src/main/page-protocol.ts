import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { CustomScheme } from 'electron';
import { isOurs, scheme } from './page-address';
import { listPageFiles } from './page-files';

/** To be registered before the app is ready. Standard and secure: the page has an origin, and the camera. Its scripts are modules, hence CORS. */
export const pageScheme: CustomScheme = {
  scheme,
  privileges: { standard: true, secure: true, supportFetchAPI: true, corsEnabled: true, codeCache: true },
};

/** Nothing but the page's own files, and the pictures and videos it makes itself. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const mediaTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.md': 'text/plain; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

const headers = {
  'Content-Security-Policy': contentSecurityPolicy,
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
};

/** Answers requests of our scheme with the files of `folder` as they are listed now. */
export async function createPageHandler(folder: string): Promise<(request: Request) => Promise<Response>> {
  const files = await listPageFiles(folder);
  return async ({ method, url }) => {
    if (method !== 'GET' && method !== 'HEAD') {
      return new Response(null, { status: 405, headers: { ...headers, Allow: 'GET, HEAD' } });
    }
    const file = isOurs(url) ? files.get(pathOf(url)) : undefined;
    if (file === undefined) {
      return new Response('Not found', { status: 404, headers: { ...headers, 'Content-Type': 'text/plain' } });
    }
    const type = mediaTypes[path.extname(file).toLowerCase()] ?? 'application/octet-stream';
    const body = method === 'GET' ? new Uint8Array(await readFile(file)) : null;
    return new Response(body, { headers: { ...headers, 'Content-Type': type } });
  };
}

function pathOf(url: string): string {
  const { pathname } = new URL(url);
  try {
    return pathname === '/' ? '/index.html' : decodeURIComponent(pathname);
  } catch {
    return pathname; // no encoded text, and no file
  }
}
