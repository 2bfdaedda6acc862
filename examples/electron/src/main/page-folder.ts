import path from 'node:path';

/** Where the package has its page. */
export function pageFolder(): string {
  return path.join(path.dirname(require.resolve('mobilenet-metal/package.json')), 'dist', 'page');
}
