import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runCheck } from './run-check';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'mobilenet-dependencies-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const known = { 'node_modules/cookie': { version: '2.0.2', license: 'MIT', engines: { node: '>=22' } } };

/** A lockfile with one package in a folder, besides those that are known. */
function lockfile(name: string, entry: Record<string, unknown>): string {
  const file = path.join(folder, 'package-lock.json');
  writeFileSync(file, JSON.stringify({ packages: { '': {}, ...known, [name]: { version: '1.0.0', ...entry } } }));
  return file;
}

describe('licences', () => {
  const check = (name: string, license: unknown, entry = {}) =>
    runCheck('check-licences.mjs', lockfile(`node_modules/${name}`, { license, ...entry }));

  test.each([
    ['a', 'MIT'],
    ['a', '(MIT OR GPL-3.0-only)'],
    ['a', 'Apache-2.0 AND BSD-3-Clause'],
    ['a/node_modules/@img/sharp-libvips-linux-x64', 'LGPL-3.0-or-later'],
    ['@img/sharp-win32-x64', 'Apache-2.0 AND LGPL-3.0-or-later'],
    ['@fontsource/dejavu-sans', 'OFL-1.1'],
    ['h5wasm', 'SEE LICENSE IN LICENSE.txt'],
  ])('%s may be under %s', (name, licence) => {
    expect(check(name, licence)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^2 packages installed/) });
  });

  test.each([
    ['a', 'GPL-3.0-only'],
    ['a', 'MIT AND AGPL-3.0-only'],
    ['a', 'LGPL-3.0-or-later'],
    ['b/node_modules/a', 'CC-BY-3.0'],
    ['a', 'UNLICENSED'],
    ['a', 'SEE LICENSE IN LICENSE.txt'],
    ['a', undefined],
  ])('%s may not be under %s', (name, licence) => {
    const problem = `a@1.0.0: licence ${licence ?? 'not declared'}`;
    expect(check(name, licence)).toMatchObject({ status: 1, problems: [problem] });
  });

  test('what is for development only may be under any', () => {
    expect(check('a', 'GPL-3.0-only', { dev: true }).status).toBe(0);
  });

  test('what the page is bundled with is checked too', () => {
    const page = path.join(folder, 'licenses.md');
    writeFileSync(page, '# Licenses\n\n## preact - 11.2.0 (MIT)\n\nText\n\n## @scope/b - 2.0.0 (GPL-2.0-only)\n\nText\n');
    const file = lockfile('node_modules/a', { license: 'MIT' });
    expect(runCheck('check-licences.mjs', file, page)).toMatchObject({
      status: 1,
      problems: ['@scope/b@2.0.0: licence GPL-2.0-only'],
    });
    writeFileSync(page, '# Licenses\n');
    expect(runCheck('check-licences.mjs', file, page).problems).toEqual([expect.stringContaining('names no packages')]);
  });
});

describe('engines', () => {
  const check = (node: string | undefined, entry = {}) =>
    runCheck('check-engines.mjs', lockfile('node_modules/a', { engines: node && { node }, ...entry }));

  test.each(['>=18', '^20.17.0 || >=22.9.0', '>= 0.8', undefined])('a package for Node.js %s is taken', (node) => {
    expect(check(node).status).toBe(0);
  });

  test.each(['>=22', '^20.18.0 || >=22', '<20'])('a package for Node.js %s is not', (node) => {
    expect(check(node)).toMatchObject({ status: 1, problems: [`a@1.0.0 needs Node.js ${node}, not 20.17.0`] });
  });

  test('what is for development or optional may need another', () => {
    expect(check('>=22', { dev: true }).status).toBe(0);
    expect(check('>=22', { optional: true }).status).toBe(0);
  });

  test('a known one that needs no newer one is to be struck from the list', () => {
    const file = lockfile('node_modules/cookie', { engines: { node: '>=18' } });
    expect(runCheck('check-engines.mjs', file)).toMatchObject({
      status: 1,
      problems: [expect.stringMatching(/^cookie runs on/)],
    });
  });
});
