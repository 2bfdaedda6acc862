// Compiles the native peers to build/. What cannot be compiled here is told apart from what was: the benchmark leaves it out and says why.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { root } from './library.mjs';

const sources = path.join(root, 'bench', 'native');
const folder = path.join(root, 'bench', 'build');

/** The version of a Debian package, for people. */
function debianVersion(name) {
  try {
    const [, version] = execFileSync('dpkg-query', ['--show', name], { encoding: 'utf8', stdio: 'pipe' }).trim().split('\t');
    return version;
  } catch {
    return 'of unknown version';
  }
}

const define = (name, value) => `-D${name}="${value}"`;

/** A loop of FMA instructions for registers of so many bytes. */
function fma(name, bytes, constraint, flags) {
  return {
    files: ['fma.cc', 'peer.cc'],
    flags: [`-DVECTOR_BYTES=${bytes}`, define('VECTOR_CONSTRAINT', constraint), define('VECTOR_NAME', name), ...flags],
    libraries: [],
  };
}

const programs = {
  xnnpack: () => ({
    files: ['xnnpack.cc', 'network_file.cc', 'peer.cc'],
    flags: [define('XNNPACK_VERSION', debianVersion('libxnnpack-dev'))],
    libraries: ['-lXNNPACK', '-lpthreadpool', '-lcpuinfo'],
  }),
  'fma-avx512': () => fma('AVX-512', 64, 'v', ['-mavx512f']),
  'fma-avx2': () => fma('AVX2', 32, 'x', ['-mavx2', '-mfma']),
  'fma-neon': () => fma('NEON', 16, 'w', []),
};

/**
 * Compiles one of `xnnpack`, `fma-avx512`, `fma-avx2` and `fma-neon`.
 * @returns the path of the program
 * @throws with the compiler's first complaint
 */
export function buildNative(name) {
  const { files, flags, libraries } = programs[name]();
  const program = path.join(folder, name);
  mkdirSync(folder, { recursive: true });
  const options = ['-std=c++20', '-O2', '-ffp-contract=fast', '-pthread', ...flags, '-o', program];
  try {
    execFileSync('c++', [...options, ...files.map((file) => path.join(sources, file)), ...libraries], { stdio: 'pipe' });
  } catch (error) {
    const complaint =
      String(error.stderr ?? '')
        .split('\n')
        .find((line) => line.includes('error')) ?? error.message;
    throw new Error(`it could not be compiled: ${complaint.replaceAll(`${sources}${path.sep}`, '')}`);
  }
  return program;
}
