import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createPageHandler } from '../../../examples/electron/src/main/page-protocol';

const folder = mkdtempSync(path.join(os.tmpdir(), 'mobilenet-electron-page-'));
const page = path.join(folder, 'page');
let handle: (request: Request) => Promise<Response>;

beforeAll(async () => {
  mkdirSync(path.join(page, 'assets'), { recursive: true });
  writeFileSync(path.join(folder, 'secret.txt'), 'secret');
  writeFileSync(path.join(page, 'index.html'), '<!doctype html>');
  writeFileSync(path.join(page, 'assets', 'index-1.js'), 'export {};');
  writeFileSync(path.join(page, 'assets', 'a b.css'), 'a{}');
  writeFileSync(path.join(page, 'assets', 'data.bin'), '\0\xff');
  symlinkSync(path.join(folder, 'secret.txt'), path.join(page, 'link.txt'));
  symlinkSync(folder, path.join(page, 'up'));
  handle = await createPageHandler(page);
});

afterAll(() => rmSync(folder, { recursive: true }));

const ask = (url: string, method = 'GET') => handle({ url, method } as Request);

test.each([
  ['app://mobilenet/index.html', 'text/html; charset=utf-8', '<!doctype html>'],
  ['app://mobilenet/', 'text/html; charset=utf-8', '<!doctype html>'],
  ['app://mobilenet/index.html?query#fragment', 'text/html; charset=utf-8', '<!doctype html>'],
  ['app://mobilenet/assets/index-1.js', 'text/javascript; charset=utf-8', 'export {};'],
  ['app://mobilenet/assets/a%20b.css', 'text/css; charset=utf-8', 'a{}'],
  ['app://mobilenet/assets/../index.html', 'text/html; charset=utf-8', '<!doctype html>'],
])('%s is served', async (url, type, text) => {
  const response = await ask(url);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe(type);
  expect(await response.text()).toBe(text);
});

test.each([
  'app://mobilenet/secret.txt',
  'app://mobilenet/../secret.txt',
  'app://mobilenet/%2e%2e/secret.txt',
  'app://mobilenet/..%2fsecret.txt',
  'app://mobilenet/assets/..%2f..%2fsecret.txt',
  'app://mobilenet/..%5csecret.txt',
  'app://mobilenet/%2e%2e%2fsecret.txt',
  'app://mobilenet//etc/passwd',
  'app://mobilenet/%2fetc%2fpasswd',
  'app://mobilenet/link.txt',
  'app://mobilenet/up/secret.txt',
  'app://mobilenet/index.html%00.js',
  'app://mobilenet/%',
  'app://mobilenet/assets',
  'app://mobilenet/assets/',
  'app://mobilenet/INDEX.HTML',
  'app://other/index.html',
  'app://mobilenet:80/index.html',
  'app://user@mobilenet/index.html',
  'https://mobilenet/index.html',
  'file:///etc/passwd',
])('%s is not', async (url) => {
  const response = await ask(url);
  expect(response.status).toBe(404);
  expect(await response.text()).toBe('Not found');
});

test('what it does not know the type of is not guessed at', async () => {
  const response = await ask('app://mobilenet/assets/data.bin');
  expect(response.headers.get('content-type')).toBe('application/octet-stream');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
});

test('only reading is allowed', async () => {
  const head = await ask('app://mobilenet/index.html', 'HEAD');
  expect([head.status, await head.text()]).toEqual([200, '']);
  for (const method of ['POST', 'PUT', 'DELETE']) {
    expect((await ask('app://mobilenet/index.html', method)).status).toBe(405);
  }
});

test.each(['app://mobilenet/index.html', 'app://mobilenet/none'])('the policy comes with %s', async (url) => {
  const policy = (await ask(url)).headers.get('content-security-policy') ?? '';
  const directives = Object.fromEntries(policy.split('; ').map((directive) => directive.split(/ (.*)/s) as [string, string]));
  expect(directives).toMatchObject({
    'default-src': "'none'",
    'script-src': "'self'",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
  });
  expect(policy).not.toMatch(/unsafe|\*|https?:/);
});

test('files that come later are not served: the list is made at the start', async () => {
  writeFileSync(path.join(page, 'later.js'), '');
  expect((await ask('app://mobilenet/later.js')).status).toBe(404);
});
