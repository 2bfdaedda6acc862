import { request } from 'node:http';
import { hostCheck, hostNameOf, inAddress, isLoopback } from '../../lib/server/access/hosts';
import { originAllowed } from '../../lib/server/access/origins';
import { ask, refusal, start, stopAll } from './start';

afterAll(stopAll);

test('names of hosts', () => {
  expect(hostNameOf('Photos.Example:8080')).toBe('photos.example');
  expect(hostNameOf('[::1]:80')).toBe('[::1]');
  expect(hostNameOf('0x7f.1')).toBe('127.0.0.1');
  for (const wrong of [undefined, '', 'a b', 'a/b', 'user@host', 'a\\b', 'a#b', 'host:port', '[::1']) {
    expect(hostNameOf(wrong)).toBeUndefined();
  }
  expect([isLoopback('127.0.0.1'), isLoopback('localhost'), isLoopback('::1'), isLoopback('0.0.0.0')]).toEqual([
    true,
    true,
    true,
    false,
  ]);
  expect([inAddress('::1'), inAddress('127.0.0.1')]).toEqual(['[::1]', '127.0.0.1']);
});

test('which hosts a server is known by', () => {
  const local = hostCheck('127.0.0.1', ['photos.example']);
  for (const known of ['localhost:1', 'LOCALHOST', '127.0.0.1:8224', '[::1]:8224', 'photos.example']) {
    expect([known, local(known)]).toEqual([known, true]);
  }
  for (const unknown of [
    'evil.example',
    'localhost.evil.example',
    '192.168.0.1',
    '127.0.0.1.evil.example',
    '',
    'photos.example.evil',
  ]) {
    expect([unknown, local(unknown)]).toEqual([unknown, false]);
  }
  const open = hostCheck('0.0.0.0', []);
  expect([open('192.168.0.1:8224'), open('[fe80::1]'), open('localhost'), open('evil.example')]).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

test('which origins may use a server', () => {
  const allowed = (origin?: string, host = 'localhost:8224') => originAllowed(origin, host, ['https://photos.example']);
  expect([allowed(), allowed('http://localhost:8224'), allowed('https://photos.example')]).toEqual([true, true, true]);
  for (const wrong of ['null', 'http://localhost:3000', 'http://evil.example', 'file://', 'https://photos.example.evil']) {
    expect([wrong, allowed(wrong)]).toEqual([wrong, false]);
  }
});

/** fetch() sets Host and Origin by itself. */
function status(
  url: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<{ status?: number; headers: NodeJS.Dict<string | string[]> }> {
  return new Promise((resolve, reject) => {
    request(url, { headers, method, setHost: false }, (response) => {
      response.resume().on('end', () => resolve({ status: response.statusCode, headers: response.headers }));
    })
      .on('error', reject)
      .end();
  });
}

test('nothing is served under a wrong name or to a page of another origin', async () => {
  const { url } = await start({ page: true });
  for (const path of ['/', '/healthz', '/v1/models', '/metrics', '/nothing']) {
    expect(await status(url + path, { host: 'evil.example' })).toMatchObject({ status: 403 });
    expect(await status(url + path, { host: 'localhost', origin: 'http://evil.example' })).toMatchObject({ status: 403 });
  }
  expect(await status(`${url}/v1/classify`, { host: 'localhost', origin: 'null' }, 'POST')).toMatchObject({ status: 403 });
  expect(await status(`${url}/healthz`, { host: 'localhost', origin: 'http://localhost' })).toMatchObject({ status: 200 });
  // No Host header at all is no HTTP/1.1.
  expect(await status(`${url}/healthz`, {})).toMatchObject({ status: 400 });
});

test('pages of allowed origins get what browsers want to see', async () => {
  const server = await start({ allowOrigins: ['http://photos.example'] });
  const allowed = await status(`${server.url}/healthz`, { host: 'localhost', origin: 'http://photos.example' });
  expect(allowed.status).toBe(200);
  expect(allowed.headers['access-control-allow-origin']).toBe('http://photos.example');
  const asked = { host: 'localhost', origin: 'http://photos.example', 'access-control-request-method': 'POST' };
  const preflight = await status(`${server.url}/v1/classify`, asked, 'OPTIONS');
  expect(preflight.status).toBe(204);
  expect(preflight.headers['access-control-allow-methods']).toContain('POST');
  expect(await status(`${server.url}/v1/classify`, { ...asked, origin: 'http://evil.example' }, 'OPTIONS')).toMatchObject({
    status: 403,
  });
});

test('the page, and no file beside it', async () => {
  const server = await start({ page: true });
  const page = await fetch(`${server.url}/`);
  const html = await page.text();
  expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
  expect(page.headers.get('cache-control')).toBe('no-cache');
  const script = /src="\.\/(assets\/[^"]+\.js)"/.exec(html)?.[1];
  const asset = await fetch(`${server.url}/${script}`);
  expect(asset.headers.get('content-type')).toContain('javascript');
  expect(asset.headers.get('cache-control')).toContain('immutable');
  await asset.arrayBuffer();
  const etag = page.headers.get('etag');
  // Proxies that compress make a tag weak; browsers send several, and those that ask by hand `*`.
  for (const [known, expected] of [
    [etag, 304],
    [`W/${etag}`, 304],
    [`"other", W/${etag}`, 304],
    ['*', 304],
    ['"other"', 200],
  ] as const) {
    const again = await fetch(`${server.url}/`, { headers: { 'if-none-match': String(known) } });
    expect([known, again.status]).toEqual([known, expected]);
    await again.arrayBuffer();
  }
  const ways = [
    '/../package.json',
    '/%2e%2e/package.json',
    '/..%2fpackage.json',
    '/assets/..%5c..%5cpackage.json',
    '/assets/../../index.js',
    '/assets/%2e%2e/%2e%2e/index.js',
    '/.%00./package.json',
    '//etc/passwd',
    '/assets//etc/passwd',
    '/assets/',
    '/v1/../../package.json',
    '/%',
    '/index.html%00.png',
    '/file:///etc/passwd',
  ];
  for (const path of ways) {
    const found = await rawStatus(server.url, path);
    expect([path, [400, 404].includes(found)]).toEqual([path, true]);
  }
  expect(await ask(server, '/%')).toEqual(refusal(400, 'ERR_BAD_REQUEST'));
});

/** The address as it stands: URL would tidy it up. */
function rawStatus(url: string, path: string): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, headers: { host: 'localhost' } }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    })
      .on('error', reject)
      .end();
  });
}
