// The project itself, as `npm run build` left it in dist/.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

const dist = path.join(root, 'dist');
const require = createRequire(path.join(dist, 'index.js'));

/** A module of the library by its path in lib/, such as 'graph/shapes'. */
export function library(module) {
  if (!existsSync(path.join(dist, 'index.js'))) {
    throw new Error('the library is not built: run `npm run build` in the project first');
  }
  return require(`./${module}.js`);
}

/** A dependency of the project, such as sharp. */
export const dependency = require;
