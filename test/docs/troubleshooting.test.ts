import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../scripts/packages';

const read = (file: string) => readFileSync(path.join(projectRoot, file), 'utf8');

test('docs/troubleshooting.md has a line for each error code, and for no other', () => {
  const codes = Array.from(read('lib/errors.ts').matchAll(/^ {2}\| '(ERR_\w+)'/gm), ([, code]) => code);
  const lines = Array.from(read('docs/troubleshooting.md').matchAll(/^\| `(ERR_\w+)` \|/gm), ([, code]) => code);
  expect(codes.length).toBeGreaterThan(20);
  expect(lines).toEqual(codes);
});
