// Builds native targets with CMake, plain or with a sanitizer: what native-tests.mjs and addon-tests.mjs share.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
export const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const cmakeJs = path.join(path.dirname(require.resolve('cmake-js/package.json')), 'bin', 'cmake-js');

// The sanitizers come with clang-19: its reports are the ones these tests were written against. It also compiles Objective-C++, so that
// the Metal sources are built with it, against the double of Apple's frameworks in test/apple-double.
const clang = {
  needs: ['clang-19'],
  options: ['--cc', 'clang-19', '--cxx', 'clang++-19', '--CDCMAKE_OBJCXX_COMPILER=clang++-19', '--CDAPPLE_DOUBLE=ON'],
};

// NEON kernels on other processors: Debian's cross compiler, whose run-time libraries of the sanitizers work under qemu's emulation of
// a Linux process (clang's package has none for aarch64). Leaks alone are not looked for: that takes ptrace, which qemu does not emulate.
const aarch64 = {
  needs: ['aarch64-linux-gnu-g++', 'qemu-aarch64'],
  options: [
    ...['--arch', 'arm64', '--cc', 'aarch64-linux-gnu-gcc', '--cxx', 'aarch64-linux-gnu-g++'],
    ...['--CDCMAKE_SYSTEM_NAME=Linux', '--CDCMAKE_SYSTEM_PROCESSOR=aarch64', '--CDEMULATED=ON'],
  ],
  emulator: ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu'],
  environment: { ASAN_OPTIONS: 'detect_leaks=0' },
};

/** Where the addon with the double lies as node-gyp-build expects it of a package's folder. */
export const doublePackage = path.join('build', 'double');
export const configurations = {
  release: { sanitize: '', options: [] },
  address: { sanitize: 'address,undefined', ...clang },
  thread: { sanitize: 'thread', ...clang },
  aarch64: { sanitize: 'address,undefined', ...aarch64 },
  double: { sanitize: '', ...clang, directory: path.join(doublePackage, 'build') },
};

/** Whether a tool is installed. */
const has = (tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).status === 0;

/** The first of the tools a configuration needs that is not there. */
export const missingTool = ({ needs = [] }) => ['cmake', ...needs].find((tool) => !has(tool));

/** Where a configuration is built. */
export const directoryOf = (name) => configurations[name].directory ?? path.join('build', `native-${name}`);

/** Runs cmake-js with its chatter kept for failures; true when it succeeded. */
export function build(command, name, target = 'native_tests') {
  const { sanitize, options } = configurations[name];
  const directory = directoryOf(name);
  const args = [cmakeJs, command, '-d', 'native', '-O', directory, '-B', 'Release', '-T', target, ...options];
  args.push('--parallel', String(os.availableParallelism())); // make, unlike ninja, takes one core otherwise
  args.push(`--CDSANITIZE=${sanitize}`, '--CDWARNINGS_AS_ERRORS=ON');
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) {
    console.log(stdout + stderr);
  }
  return status === 0;
}
