import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { projectRoot } from '../../../../scripts/packages';
import { exampleFolder, fuseWire, writeElectronDist } from '../double/electron-dist';
import { EngineApp } from '../double/engine-app';
import { until } from '../double/until';

const installed = createRequire(path.join(exampleFolder, 'package.json'));
const folder = mkdtempSync(path.join(os.tmpdir(), 'mobilenet-electron-pack-'));
const target = `${process.platform}-${process.arch}`;
const resources = path.join(folder, 'release', 'linux-unpacked', 'resources');
const archive = path.join(resources, 'app.asar');
const unpacked = `${archive}.unpacked`;
let inArchive: string[];
let outside: string[];

/** Paths of all files below a folder, sorted. */
function filesBelow(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort();
}

function asar(...args: string[]): string {
  const script = path.join(__dirname, '../double/asar.mjs');
  return execFileSync(process.execPath, [script, ...args], { encoding: 'utf8', maxBuffer: 2 ** 28 });
}

/** Packs the app for Linux with electron-builder itself, offline. */
function pack(output: string, ...args: string[]): { status: number | null; log: string } {
  const builder = path.join(path.dirname(installed.resolve('electron-builder/package.json')), 'cli.js');
  const settings = [`-c.electronDist=${path.join(folder, 'electron')}`, `-c.directories.output=${output}`];
  const { status, stdout, stderr } = spawnSync(process.execPath, [builder, '--linux', '--dir', ...args, ...settings], {
    cwd: exampleFolder,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  return { status, log: `${stdout}\n${stderr}` };
}

beforeAll(() => {
  writeElectronDist(path.join(folder, 'electron'));
  const packed = pack(path.join(folder, 'release'));
  expect(packed.status === 0 || packed.log).toBe(true);
  expect(packed.log).toContain('npmRebuild is set to false');
  inArchive = JSON.parse(asar('list', archive));
  outside = filesBelow(unpacked);
});

afterAll(() => rmSync(folder, { recursive: true }));

const ours = 'node_modules/mobilenet-metal';
const ofOurs = (files: string[]) =>
  files.filter((file) => file.startsWith(`${ours}/`)).map((file) => file.slice(ours.length + 1));

test("the app's three scripts and the page are in the archive", () => {
  expect(inArchive.filter((file) => !file.startsWith('node_modules'))).toEqual(
    expect.arrayContaining(['dist/main.js', 'dist/preload.js', 'dist/utility.js', 'package.json']),
  );
  const page = filesBelow(path.join(projectRoot, 'dist', 'page')).map((file) => `${ours}/dist/page/${file}`);
  expect(page).toContain(`${ours}/dist/page/index.html`);
  expect(inArchive).toEqual(expect.arrayContaining(page));
});

test('of the package there is what runs, and nothing else', () => {
  const folders = new Set(ofOurs(inArchive).map((file) => file.split('/')[0]));
  expect([...folders].sort()).toEqual(
    ['LICENSE', 'build', 'dist', 'models', 'package.json', 'prebuilds'].filter((name) => folders.has(name)),
  );
  expect(folders).toContain('dist');
  expect(ofOurs(inArchive).filter((file) => /\.(ts|md|cc|h|gyp)$/.test(file) && !file.startsWith('dist/'))).toEqual([]);
});

test('no package for development is in it', () => {
  for (const name of [
    'electron',
    'electron-builder',
    'esbuild',
    'typescript',
    'jest',
    'vite',
    '@swc',
    '@biomejs',
    '@tensorflow',
  ]) {
    expect(inArchive).not.toContain(`node_modules/${name}`);
  }
});

test('outside of the archive are the models, and what the system loads', () => {
  const models = readdirSync(path.join(projectRoot, 'models')).filter((file) => file.endsWith('.safetensors'));
  expect(models.length).toBeGreaterThan(2);
  const addon = expect.stringMatching(/^node_modules\/mobilenet-metal\/(build\/Release|prebuilds\/[a-z0-9-]+)\/[^/]+\.node$/);
  expect(outside).toContainEqual(addon);
  expect(outside).toEqual(expect.arrayContaining(models.map((model) => `${ours}/models/${model}`)));
  expect(outside).toContainEqual(expect.stringMatching(`^node_modules/@img/sharp-${target}/lib/sharp-.*\\.node$`));
  expect(outside).toContainEqual(expect.stringMatching(`^node_modules/@img/sharp-libvips-${target}/lib/libvips-cpp\\.`));
  // What is left of the package inside is read through Electron's file system.
  expect(ofOurs(outside).filter((file) => !/\.(node|safetensors)$/.test(file))).toEqual([]);
  const native = inArchive.filter((file) => /\.(node|so|dylib)(\.[\d.]+)?$/.test(file));
  expect(native.filter((file) => !outside.includes(file))).toEqual([]);
});

test('every model is the one of the package, byte for byte', () => {
  for (const model of ofOurs(outside).filter((file) => file.endsWith('.safetensors'))) {
    expect(Buffer.compare(readFileSync(path.join(unpacked, ours, model)), readFileSync(path.join(projectRoot, model)))).toBe(0);
  }
});

test('the fuses are set', () => {
  const program = readFileSync(path.join(folder, 'release', 'linux-unpacked', 'mobilenet-metal-electron'), 'latin1');
  const states = program.slice(program.indexOf(fuseWire) + fuseWire.length + 2);
  const [runAsNode, , nodeOptions, inspect, integrity, onlyAsar, , fileProtocol] = states;
  expect({ runAsNode, nodeOptions, inspect, integrity, onlyAsar, fileProtocol }).toEqual({
    runAsNode: '0',
    nodeOptions: '0',
    inspect: '0',
    integrity: '1',
    onlyAsar: '1',
    fileProtocol: '0',
  });
});

test('packing for a processor that there is no addon for fails, and says what to do', () => {
  const other = process.arch === 'arm64' ? 'x64' : 'arm64';
  const { status, log } = pack(path.join(folder, 'other'), `--${other}`);
  expect(status).not.toBe(0);
  // Ours, where there are no prebuilt ones; else sharp's.
  expect(log).toMatch(new RegExp(`expected (mobilenet-metal's|sharp's) addon for ${other} outside of app\\.asar but`));
  expect(log).toMatch(
    new RegExp(`put it into prebuilds/linux-${other}|npm install --no-save --force @img/sharp-linux-${other}@\\d`),
  );
});

test('so do the settings that docs/electron.md gives for any app', () => {
  const page = readFileSync(path.join(projectRoot, 'docs', 'electron.md'), 'utf8');
  const [, settings] = page.match(/### electron-builder\n\n```yaml\n([^`]+)```/) ?? [];
  const config = path.join(folder, 'settings.yml');
  writeFileSync(config, `appId: org.example.app\n${settings}`);
  const output = path.join(folder, 'documented');
  const { status, log } = pack(output, '--config', config);
  expect(status === 0 || log).toBe(true);
  const packed = path.join(output, 'linux-unpacked', 'resources', 'app.asar');
  const inside: string[] = JSON.parse(asar('list', packed));
  const beside = filesBelow(`${packed}.unpacked`);
  expect(beside).toEqual(expect.arrayContaining(outside));
  const left = /^node_modules\/mobilenet-metal\/(native|photos)\/./;
  expect(inside.filter((file) => left.test(file))).toEqual([]);
  const images = inside.flatMap((file) => file.match(/^node_modules\/@img\/(sharp-[^/]+)$/)?.[1] ?? []);
  expect(images.sort()).toEqual([`sharp-libvips-${target}`, `sharp-${target}`]);
});

/**
 * The archive as a folder `app.asar` beside `app.asar.unpacked`, as Electron shows it to Node. Of what is outside and large, there is only a file
 * full of zeros: Electron passes on the loading of addons, nothing else of these files is to be read by its path in the archive.
 */
function unfold(): string {
  const unfolded = path.join(folder, 'unfolded');
  const shown = path.join(unfolded, 'app.asar');
  mkdirSync(shown, { recursive: true });
  asar('extract', archive, shown);
  const { status } = spawnSync('cp', ['-r', unpacked, unfolded]);
  expect(status).toBe(0);
  for (const file of outside.filter((name) => /\.(node|safetensors|so|dylib)(\.[\d.]+)?$/.test(name))) {
    const { size } = statSync(path.join(shown, file));
    writeFileSync(path.join(shown, file), '');
    truncateSync(path.join(shown, file), size);
  }
  return shown;
}

test('the packed app finds a cat: its utility script, addons, sharp and models run from where they were packed', async () => {
  const shown = unfold();
  const app = new EngineApp(path.join(shown, 'dist', 'utility.js'));
  try {
    const engine = app.engine();
    const signal = new AbortController().signal;
    const photo = new File([readFileSync(path.join(projectRoot, 'photos', 'chelsea.png'))], 'chelsea.png');
    expect(await engine.describe()).toMatchObject({ home: 'electron' });
    const choice = { model: 'ssdlite-mobilenet-v2-coco', device: 'cpu', task: 'detect' } as const;
    const { detections } = await engine.run(choice, photo, {}, signal);
    expect(detections[0]?.label).toBe('cat');
    const map = { model: 'deeplab-v3-mobilenet-v2-pascal', device: 'cpu', task: 'segment' } as const;
    const { legend } = await engine.run(map, photo, {}, signal);
    expect(legend.map(({ label }) => label)).toContain('cat');
  } finally {
    app.close();
  }
  await until(() => app.process.pid === undefined);
});
