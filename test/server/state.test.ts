import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { devices } from '../../lib/runtime/devices';
import type { LogLine } from '../../lib/server/options';
import { version } from '../../lib/version';
import { colorModel } from '../tasks/color-model';
import { ask, photo, refusal, start, stopAll } from './start';

const cat = new Uint8Array(readFileSync(photo('chelsea.png')));
afterAll(stopAll);

interface ListedModel {
  name: string;
  task: string;
  location: string;
  default: boolean;
  loaded: string[];
}

test('models: bundled, loaded, defaults', async () => {
  const server = await start();
  const list = async () => ((await ask(server, '/v1/models')).body as { models: ListedModel[] }).models;
  const before = await list();
  expect(before.filter(({ location }) => location === 'bundled').map(({ name }) => name)).toEqual([
    'deeplab-v3-mobilenet-v2-pascal',
    'mobilenet-v1-0.25-224',
    'ssdlite-mobilenet-v2-coco',
  ]);
  expect(before.every(({ loaded }) => loaded.length === 0)).toBe(true);
  expect(before.filter((model) => model.default)).toHaveLength(3);
  expect(JSON.stringify(before)).not.toContain('.safetensors');
  await ask(server, '/v1/detect', { method: 'POST', body: new Uint8Array(readFileSync(photo('coffee.png'))) });
  expect((await list()).filter(({ loaded }) => loaded.length > 0)).toMatchObject([
    { name: 'ssdlite-mobilenet-v2-coco', loaded: ['cpu'] },
  ]);
});

test('a model file of one’s own is its task’s default, and is known by its name only', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'mobilenet-server-'));
  try {
    const file = path.join(folder, 'own.safetensors');
    await writeFile(file, colorModel({ name: 'my-flowers' }));
    const server = await start({ models: [file] });
    const { body } = await ask(server, '/v1/classify?topK=1', { method: 'POST', body: cat });
    expect(body).toMatchObject({ model: 'my-flowers' });
    const byPath = await ask(server, `/v1/classify?model=${encodeURIComponent(file)}`, { method: 'POST', body: cat });
    expect(byPath).toEqual(refusal(404, 'ERR_MODEL_NOT_FOUND'));
    const { models } = (await ask(server, '/v1/models')).body as { models: ListedModel[] };
    expect(models[0]).toMatchObject({ name: 'my-flowers', location: 'given', default: true });
    expect(JSON.stringify(models)).not.toContain(folder);
    await expect(start({ models: [file, file] })).rejects.toThrow(/two called 'my-flowers'/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a model file that is gone or damaged is told of without its path, and logged', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'mobilenet-server-'));
  try {
    const file = path.join(folder, 'own.safetensors');
    await writeFile(file, colorModel({ name: 'my-flowers' }));
    const logged: string[] = [];
    const onLog = ({ level, error }: LogLine) => level === 'error' && logged.push(String(error));
    const server = await start({ models: [file], onLog });
    const classify = () => ask(server, '/v1/classify', { method: 'POST', body: cat });
    const load = async () => (await fetch(`${server.url}/v1/models/my-flowers/load`, { method: 'POST' })).text();
    await rm(file);
    const gone = "the file of the model 'my-flowers' is no longer on the server";
    expect(await classify()).toEqual({ status: 404, body: { error: { code: 'ERR_MODEL_NOT_FOUND', message: gone } } });
    expect(await load()).toBe(`{"error":{"code":"ERR_MODEL_NOT_FOUND","message":"${gone}"}}\n`);
    await writeFile(file, 'damaged');
    expect(await classify()).toEqual(refusal(500, 'ERR_MODEL_CORRUPT', 'its log says which'));
    expect(logged).toEqual([expect.stringContaining(file)]);
    expect(await load()).toContain('its log says which');
    expect(logged).toEqual([expect.stringContaining(file), expect.stringContaining(file)]);
    await writeFile(file, colorModel({ name: 'my-flowers' }));
    expect(await classify()).toMatchObject({ status: 200 });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('loading a model tells how far it is', async () => {
  const server = await start();
  const load = async (path: string) => {
    const response = await fetch(server.url + path, { method: 'POST' });
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    return (await response.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  };
  const lines = await load('/v1/models/deeplab-v3-mobilenet-v2-pascal/load?device=cpu');
  const { totalBytes } = lines[0];
  expect(
    lines
      .slice(0, -1)
      .map(({ loadedBytes }) => loadedBytes)
      .at(-1),
  ).toBe(totalBytes);
  expect(lines.at(-1).model).toMatchObject({
    name: 'deeplab-v3-mobilenet-v2-pascal',
    task: 'segment',
    device: 'cpu',
    inputWidth: 513,
  });
  expect(lines.at(-1).model.labels).toHaveLength(21);
  // Loaded already: nothing to tell.
  expect(await load('/v1/models/deeplab-v3-mobilenet-v2-pascal/load')).toHaveLength(1);
  const wrong = (path: string) => ask(server, path, { method: 'POST' });
  expect(await wrong('/v1/models/..%2F..%2Fetc%2Fpasswd/load')).toEqual(refusal(404, 'ERR_MODEL_NOT_FOUND'));
  expect(await wrong('/v1/models/mobilenet-v1-0.25-224/load?task=detect')).toEqual(refusal(400, 'ERR_MODEL_TASK'));
  expect(await wrong('/v1/models/mobilenet-v1-0.25-224/load?task=fly')).toEqual(refusal(400, 'ERR_INVALID_OPTION'));
});

test('devices, limits, health', async () => {
  const server = await start({ maxBytes: 2048 });
  expect((await ask(server, '/v1/devices')).body).toEqual({ devices: devices() });
  expect((await ask(server, '/v1/limits')).body).toEqual({ maxBytes: 2048, maxPixels: 2 ** 27, maxFrameBytes: 4 * 2 ** 20 });
  expect((await ask(server, '/healthz')).body).toEqual({ status: 'ok', version });
  expect(await ask(server, '/v1/nothing')).toEqual(refusal(404, 'ERR_NOT_FOUND'));
});

test('metrics count what happened, under names of our own only', async () => {
  const server = await start();
  const post = (path: string, body: Uint8Array) => ask(server, path, { method: 'POST', body: new Uint8Array(body) });
  await post('/v1/classify', cat);
  await post('/v1/classify', Buffer.from('no picture'));
  await post('/v1/classify?model=evil"model', cat);
  await post('/evil/path', cat);
  const text = await (await fetch(`${server.url}/metrics`)).text();
  expect(text).toContain('mobilenet_http_requests_total{route="/v1/classify",status="200"} 1');
  expect(text).toContain('mobilenet_http_requests_total{route="/v1/classify",status="404"} 1');
  expect(text).toContain('mobilenet_http_requests_total{route="none",status="404"} 1');
  expect(text).toContain('mobilenet_pictures_total{task="classify",outcome="done"} 1');
  expect(text).toContain('mobilenet_pictures_total{task="classify",outcome="ERR_IMAGE_DECODE"} 1');
  expect(text).toMatch(/mobilenet_stage_seconds_count\{task="classify",model="mobilenet-v1-0.25-224",stage="network"\} 1/);
  expect(text).toContain('mobilenet_loaded_models 1');
  expect(text).toContain('mobilenet_body_bytes 0');
  expect(text).not.toContain('evil');
});

test('the OpenAPI document has every route, and every option the API has', async () => {
  const server = await start();
  const { body } = await ask(server, '/v1/openapi.json');
  const { openapi, paths } = body as {
    openapi: string;
    paths: Record<string, Record<string, { parameters: { name: string }[] }>>;
  };
  expect(openapi).toBe('3.1.0');
  expect(Object.keys(paths).sort()).toEqual([
    '/healthz',
    '/metrics',
    '/v1/camera',
    '/v1/classify',
    '/v1/detect',
    '/v1/devices',
    '/v1/embed',
    '/v1/limits',
    '/v1/models',
    '/v1/models/{name}/load',
    '/v1/segment',
  ]);
  const names = (path: string) => paths[path]?.post?.parameters.map(({ name }) => name).sort();
  expect(names('/v1/classify')).toEqual(['allow', 'deny', 'device', 'model', 'region', 'rotation', 'scoreThreshold', 'topK']);
  expect(names('/v1/embed')).toEqual(['device', 'l2Normalize', 'layer', 'model', 'pooling', 'region', 'rotation']);
});

test('the OpenAPI document is valid', async () => {
  const server = await start();
  const { body } = await ask(server, '/v1/openapi.json');
  const folder = await mkdtemp(path.join(tmpdir(), 'mobilenet-test-'));
  try {
    const file = path.join(folder, 'openapi.json');
    await writeFile(file, JSON.stringify(body));
    // In a process of its own: it is an ES module, which Jest does not load. Where it finds errors, they are what it ends with.
    const validator = require.resolve('@seriousme/openapi-schema-validator/bin/validate-api-cli.js');
    const { stdout } = await promisify(execFile)(process.execPath, [validator, file]);
    expect(JSON.parse(stdout)).toMatchObject({ valid: true });
  } finally {
    await rm(folder, { recursive: true });
  }
});
