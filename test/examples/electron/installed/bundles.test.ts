import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { MobileNetBridge } from '../../../../page/src/engine/bridge';
import { BridgeEngine } from '../../../../page/src/engine/bridge-engine';
import { projectRoot } from '../../../../scripts/packages';
import { ElectronDouble } from '../double/electron';
import { exampleFolder } from '../double/electron-dist';
import { MessageChannelMainDouble } from '../double/message-channel';
import { until } from '../double/until';
import { UtilityProcessDouble } from '../double/utility-process';

const bundle = (name: string) => path.join(exampleFolder, 'dist', `${name}.js`);
const required = (name: string) =>
  [...readFileSync(bundle(name), 'utf8').matchAll(/\brequire\("([^"]+)"\)/g)].map(([, what]) => what);

test('the preload script requires nothing but what a sandbox has', () => {
  expect(required('preload')).toEqual(['electron']);
});

test('only the utility process loads the package', () => {
  expect(required('utility')).toContain('mobilenet-metal');
  expect(required('main')).not.toContain('mobilenet-metal');
});

test('the main script serves the page of the package', async () => {
  const electron = new ElectronDouble();
  process.argv = ['electron', '.'];
  jest.isolateModules(() => {
    jest.doMock('electron', () => electron, { virtual: true });
    require(bundle('main'));
  });
  electron.becomeReady();
  await until(() => electron.window?.webContents.bridge !== undefined);
  const handle = electron.handlers.app as unknown as (request: Request) => Promise<Response>;
  const page = path.join(projectRoot, 'dist', 'page');
  const index = await handle({ method: 'GET', url: 'app://mobilenet/index.html' } as Request);
  expect(await index.text()).toBe(readFileSync(path.join(page, 'index.html'), 'utf8'));
  const engine = new BridgeEngine(electron.window.webContents.bridge as MobileNetBridge);
  expect(await engine.describe()).toMatchObject({ home: 'electron' });
  electron.app.emit('will-quit');
  await until(() => electron.processes[0]?.pid === undefined);
});

test('the process that docs/electron.md begins with classifies', async () => {
  const page = readFileSync(path.join(projectRoot, 'docs', 'electron.md'), 'utf8');
  const [, script] = page.match(/```js\n\/\/ networks\.js\n([^`]+)```/) ?? [];
  const file = bundle('networks-of-docs');
  writeFileSync(file, script as string);
  const child = new UtilityProcessDouble(file);
  const { port1, port2 } = new MessageChannelMainDouble();
  child.postMessage('connect', [port1]);
  const answers: { id: number; categories?: { label: string }[]; error?: object }[] = [];
  port2.port.on('message', (answer) => answers.push(answer));
  port2.port.postMessage({ id: 1, bytes: readFileSync(path.join(projectRoot, 'photos', 'chelsea.png')) });
  port2.port.postMessage({ id: 2, bytes: new Uint8Array(10) });
  await until(() => answers.length === 2);
  child.kill();
  expect(answers.find(({ id }) => id === 1)?.categories?.[0]?.label).toBe('Egyptian cat');
  expect(answers.find(({ id }) => id === 2)?.error).toEqual({ code: 'ERR_IMAGE_DECODE', message: expect.any(String) });
  await until(() => child.pid === undefined);
  rmSync(file);
});

test('no address of a registry is in the lock file', () => {
  const { packages } = JSON.parse(readFileSync(path.join(exampleFolder, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { resolved?: string }>;
  };
  const resolved = Object.entries(packages).flatMap(([name, { resolved: address }]) => (address ? [[name, address]] : []));
  expect(resolved).toEqual([['node_modules/mobilenet-metal', '../..']]);
});

test('the camera is asked for, and entitled, on macOS', () => {
  const { mac } = require(path.join(exampleFolder, 'electron-builder.cjs'));
  expect(mac).toMatchObject({ hardenedRuntime: true, extendInfo: { NSCameraUsageDescription: expect.stringMatching(/camera/) } });
  expect(mac.target).toEqual(['dmg', 'zip'].map((target) => ({ target, arch: ['x64', 'arm64'] })));
  for (const file of [mac.entitlements, mac.entitlementsInherit]) {
    const entitled = readFileSync(path.join(exampleFolder, file), 'utf8').match(/<key>[^<]+<\/key>\s*<true\/>/g);
    expect(entitled?.map((key) => key.replace(/<\/?key>|<true\/>|\s/g, ''))).toEqual([
      'com.apple.security.cs.allow-jit',
      'com.apple.security.device.camera',
    ]);
  }
});
