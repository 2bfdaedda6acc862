import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runChild } from '../child';

const here = `${process.platform}-${process.arch}`;
const elsewhere = { platform: process.platform === 'darwin' ? 'linux' : 'darwin', arch: process.arch };
const otherCompiler = process.arch === 'arm64' ? 'x86_64-linux-gnu-gcc' : 'aarch64-linux-gnu-gcc';
const otherArch = process.arch === 'arm64' ? 'x64' : 'arm64';
const onLinux = process.platform === 'linux' ? test : test.skip;
const withCrossCompiler = spawnSync(otherCompiler, ['--version']).status === 0 && process.platform === 'linux' ? test : test.skip;

let temporary: string;

beforeAll(() => {
  temporary = mkdtempSync(path.join(os.tmpdir(), 'mobilenet-load-'));
});

afterAll(() => rmSync(temporary, { recursive: true, force: true }));

/** A folder with a binary at a place in it. */
function packageWith(place: string, write: (file: string) => void): string {
  const folder = mkdtempSync(path.join(temporary, 'package-'));
  const file = path.join(folder, place);
  mkdirSync(path.dirname(file), { recursive: true });
  write(file);
  return folder;
}

function compile(output: string, source: string, compiler = 'cc', ...flags: string[]): void {
  const file = `${output}.c`;
  writeFileSync(file, source);
  execFileSync(compiler, ['-shared', '-fPIC', ...flags, file, '-o', output]);
  rmSync(file);
}

/** What loading from a folder says. */
async function messageOf(folder: string): Promise<string> {
  const [thrown] = (await runChild('children/load-addon.ts', {}, folder)) as { code: string; message: string }[];
  expect(thrown?.code).toBe('ERR_NATIVE_LOAD');
  expect(thrown?.message).toContain(`on ${here}`);
  expect(thrown?.message).toContain(`Node.js ${process.versions.node}\n`);
  expect(thrown?.message).toContain(`in ${folder}\n`);
  return thrown?.message ?? '';
}

test('no binary at all', async () => {
  const message = await messageOf(packageWith('prebuilds/README', (file) => writeFileSync(file, '')));
  expect(message).toMatch(/ {2}found: nothing\n.*Installed with --ignore-scripts.*npm rebuild mobilenet-metal/s);
});

test('a binary of another platform, as it is after node_modules was copied', async () => {
  const place = `prebuilds/${elsewhere.platform}-${elsewhere.arch}/mobilenet-metal.node`;
  const header = elsewhere.platform === 'darwin' ? 'cffaedfe0c000001' : '7f454c460201010000000000000000000300b700';
  const message = await messageOf(packageWith(place, (file) => writeFileSync(file, Buffer.from(header, 'hex'))));
  expect(message).toContain(`  found: ${place} (for ${elsewhere.platform}-arm64)\n`);
  expect(message).toMatch(new RegExp(`node_modules comes from ${elsewhere.platform}\\.`));
});

test('a text file in the place of a binary', async () => {
  const folder = packageWith(`prebuilds/${here}/mobilenet-metal.node`, (file) =>
    writeFileSync(file, 'version https://git-lfs\n'),
  );
  expect(await messageOf(folder)).toMatch(/mobilenet-metal\.node is no binary \(cut off, or replaced by something else\)/);
});

test('a library that is no addon', async () => {
  const folder = packageWith('build/Release/mobilenet.node', (file) => compile(file, 'int one(void) { return 1; }'));
  expect(await messageOf(folder)).toMatch(/ {2}error: Module did not self-register.*\n.*\n- Build it anew:\n {4}npm rebuild/);
});

withCrossCompiler('a binary for another processor', async () => {
  const folder = packageWith('build/Release/mobilenet.node', (file) =>
    compile(file, 'int one(void) { return 1; }', otherCompiler),
  );
  const message = await messageOf(folder);
  expect(message).toContain(`  found: build/Release/mobilenet.node (for linux-${otherArch})\n`);
  expect(message).toContain(`this one is for ${process.arch}, the binary is for ${otherArch}.`);
});

onLinux('a symbol that nothing has', async () => {
  const source = 'int napi_of_the_future(void); int one(void) { return napi_of_the_future(); }';
  const folder = packageWith('build/Release/mobilenet.node', (file) => compile(file, source, 'cc', '-Wl,-z,now'));
  expect(await messageOf(folder)).toMatch(/ {2}error: .*undefined symbol: napi_of_the_future\n.*\n- Build it anew:/);
});

onLinux('a newer glibc than this one', async () => {
  const folder = packageWith(`prebuilds/${here}/mobilenet-metal.glibc.node`, (file) => {
    // Linked with a library that says it is a glibc of the future.
    const script = path.join(temporary, 'versions.map');
    const library = path.join(temporary, 'future.so');
    writeFileSync(script, 'GLIBC_2.99 { of_the_future; };\n');
    compile(library, 'int of_the_future(void) { return 1; }', 'cc', `-Wl,--version-script=${script}`, '-Wl,-soname,libc.so.6');
    compile(file, 'int of_the_future(void); int one(void) { return of_the_future(); }', 'cc', '-Wl,--no-as-needed', library);
  });
  const message = await messageOf(folder);
  expect(message).toMatch(/ {2}error: .*`GLIBC_2\.99' not found/);
  expect(message).toMatch(/the binary needs GLIBC_2\.99, and this system has glibc \d+\.\d+\. Or build it here:/);
});
