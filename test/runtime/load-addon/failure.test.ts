import { loadFailure } from '../../../lib/runtime/load-addon/failure';
import type { FoundBinary, Situation } from '../../../lib/runtime/load-addon/observe';

const folder = '/app/node_modules/mobilenet-metal';
const debian: Situation = {
  platform: 'linux',
  arch: 'x64',
  libc: 'glibc 2.36',
  cpuModel: 'Intel',
  node: '20.17.0',
  electron: undefined,
  requiredNode: '>=20.17',
  folder,
  chosen: undefined,
  found: [],
};
const mac: Situation = { ...debian, platform: 'darwin', arch: 'arm64', libc: undefined, cpuModel: 'Apple M1' };

const binary = (file: string, platform: string, ...architectures: string[]): FoundBinary => ({
  file,
  target: { platform, architectures },
});
const published = [
  binary('prebuilds/darwin-arm64/mobilenet-metal.node', 'darwin', 'arm64'),
  binary('prebuilds/darwin-x64/mobilenet-metal.node', 'darwin', 'x64'),
  binary('prebuilds/linux-arm64/mobilenet-metal.glibc.node', 'linux', 'arm64'),
  binary('prebuilds/linux-x64/mobilenet-metal.glibc.node', 'linux', 'x64'),
];

/** The message in a situation, and what it advises. */
function explain(situation: Situation, message = 'dlopen failed', code = 'ERR_DLOPEN_FAILED') {
  const error = loadFailure(situation, Object.assign(new Error(message), { code }));
  expect(error).toMatchObject({ name: 'MobileNetError', code: 'ERR_NATIVE_LOAD', cause: { message } });
  return { message: error.message, advice: error.message.split('Possible solutions:\n')[1] ?? '' };
}

const chosen = (situation: Situation, found: FoundBinary): Situation => ({
  ...situation,
  chosen: `${situation.folder}/${found.file}`,
  found: [found],
});

test('says the system, what was looked for, what is there, what went wrong, and what to do', () => {
  const { message } = explain(debian, 'No native build was found\n    loaded from: /app', '');
  expect(message.split('\n')).toEqual([
    'could not load the native addon of mobilenet-metal on linux-x64 (glibc 2.36), Node.js 20.17.0',
    `  looked for: build/Release/*.node, prebuilds/linux-x64/*.node in ${folder}`,
    '  found: nothing',
    '  error: No native build was found',
    'Possible solutions:',
    '- Installed with --ignore-scripts, or with a package manager that asks before it runs them? Allow the install script of',
    '  mobilenet-metal (npm install-scripts approve mobilenet-metal, pnpm approve-builds). It builds what is missing, as does',
    '    npm rebuild mobilenet-metal',
    '  which needs a C++20 compiler, make, python3 and the headers of Node.js (apt install g++ make python3)',
  ]);
});

test('what is no Error is told too', () => {
  expect(loadFailure(debian, 'thrown').message).toContain('  error: thrown\n');
});

test('node_modules of macOS in a container of Linux', () => {
  const built = chosen(debian, binary('build/Release/mobilenet.node', 'darwin', 'arm64'));
  const { message, advice } = explain(built, 'invalid ELF header');
  expect(message).toContain(`  tried: ${folder}/build/Release/mobilenet.node\n`);
  expect(message).toContain('  found: build/Release/mobilenet.node (for darwin-arm64)\n');
  expect(advice).toMatch(/node_modules comes from darwin\..*\.dockerignore.*npm ci$/s);
  const prebuilt = explain({ ...debian, found: published.slice(0, 2) }, 'No native build was found', '');
  expect(prebuilt.advice).toBe(advice);
});

test('x64 under Rosetta with a binary for arm64', () => {
  const rosetta: Situation = { ...mac, arch: 'x64', cpuModel: 'VirtualApple @ 2.50GHz' };
  const { advice } = explain(
    chosen(rosetta, binary('build/Release/mobilenet.node', 'darwin', 'arm64')),
    'incompatible architecture',
  );
  expect(advice).toMatch(/^- Use a Node\.js for arm64: this one is for x64 and runs under Rosetta, the binary is for arm64\./);
});

test('a binary for another processor', () => {
  const { advice } = explain(chosen(mac, binary('build/Release/mobilenet.node', 'darwin', 'x64')));
  expect(advice).toMatch(/this one is for arm64, the binary is for x64\.\n.*npm ci/);
  const universal = explain(chosen(mac, binary('build/Release/mobilenet.node', 'darwin', 'x64', 'arm64')));
  expect(universal.advice).toMatch(/^- Build it anew:\n/);
});

test('musl, where the binaries need glibc', () => {
  const alpine: Situation = { ...debian, libc: 'musl 1.2.5', found: published };
  const { message, advice } = explain(alpine, 'No native build was found', '');
  expect(message).toContain('linux-x64 (musl 1.2.5)');
  expect(advice).toMatch(/need glibc, and this system has musl\.\n {4}npm rebuild mobilenet-metal\n.*apk add g\+\+ make python3/);
  const copied = chosen(alpine, binary('build/Release/mobilenet.node', 'linux', 'x64'));
  expect(explain(copied, 'Error loading shared library ld-linux-x86-64.so.2').advice).toBe(advice);
});

test.each(['GLIBC_2.38', 'GLIBCXX_3.4.32', 'CXXABI_1.3.15'])('an older system than %s', (needed) => {
  const old = chosen({ ...debian, libc: 'glibc 2.31' }, binary('prebuilds/linux-x64/mobilenet-metal.glibc.node', 'linux', 'x64'));
  const { advice } = explain(old, `/lib/libc.so.6: version \`${needed}' not found (required by mobilenet-metal.glibc.node)`);
  expect(advice).toMatch(new RegExp(`the binary needs ${needed.replaceAll('.', '\\.')}, and this system has glibc 2\\.31\\.`));
  expect(advice).toContain('npm rebuild mobilenet-metal');
});

test('an older Node.js is told before anything else', () => {
  for (const node of ['18.20.4', '20.9.0', '20.16.9']) {
    expect(explain({ ...debian, node }).advice).toMatch(
      new RegExp(`^- Upgrade Node\\.js:\\n {4}found ${node}\\n {4}required >=20\\.17\\n- Installed`),
    );
  }
  for (const node of ['20.17.0', '20.20.2', '22.0.0', '100.1.0']) {
    expect(explain({ ...debian, node }).advice).not.toContain('Upgrade');
  }
});

test('Electron with the package in an asar archive', () => {
  const packed = { ...mac, electron: '37.1.0', folder: '/App.app/Contents/Resources/app.asar/node_modules/mobilenet-metal' };
  const { message, advice } = explain({ ...packed, found: published });
  expect(message).toContain('darwin-arm64, Node.js 20.17.0, Electron 37.1.0\n');
  expect(advice).toContain('"asarUnpack": ["node_modules/mobilenet-metal/**"');
  const unpacked = { ...packed, folder: packed.folder.replace('app.asar', 'app.asar.unpacked') };
  expect(explain(unpacked).advice).not.toContain('asar');
});

test('a bundled copy of the code', () => {
  expect(explain({ ...debian, requiredNode: undefined }).advice).toMatch(/^- Leave mobilenet-metal out of the bundle/);
});

test('addons that Node.js was told not to load', () => {
  const { advice } = explain(chosen(debian, published[3] as FoundBinary), 'loading addons is disabled', 'ERR_DLOPEN_DISABLED');
  expect(advice).toMatch(/^- Run Node\.js without --no-addons; with --permission, add --allow-addons\.$/);
});

test('a system that is not supported', () => {
  const { advice } = explain({ ...mac, platform: 'win32', arch: 'x64', found: published }, 'No native build was found', '');
  expect(advice).toMatch(
    /^- Use a supported system: darwin-arm64, darwin-x64, linux-arm64, linux-x64\. On Windows, use WSL 2\.$/,
  );
});
