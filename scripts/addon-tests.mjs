// Runs the addon itself under AddressSanitizer and UndefinedBehaviorSanitizer in Node, on the processor and on doubles of Apple's GPUs:
// pictures, worker threads stopped in the middle of a run, leaving in the middle of a run. Needs dist/. The last line is "N passed, N failed, N skipped".
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { build, configurations, directoryOf, missingTool, root } from './native-build.mjs';

const photo = path.join(root, 'photos', 'chelsea.png');
const counts = { passed: 0, failed: 0, skipped: 0 };

function finish() {
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  process.exit(counts.failed > 0 ? 1 : 0);
}

function skip(reason) {
  console.log(`SKIPPED the addon under AddressSanitizer: ${reason}`);
  counts.skipped++;
  finish();
}

/** Where a compiler has a library. */
function libraryOf(compiler, name) {
  const file = spawnSync(compiler, [`-print-file-name=${name}`], { encoding: 'utf8' }).stdout.trim();
  return path.isAbsolute(file) ? file : undefined;
}

if (process.platform !== 'linux') {
  skip('it is preloaded as on Linux');
}
const missing = missingTool(configurations.address);
if (missing) {
  skip(`${missing} not found`);
}
const architecture = { x64: 'x86_64', arm64: 'aarch64' }[process.arch];
// Node has not been built with it, so it must be there before all else; its runtime looks for the C++ library at once.
const preload = [libraryOf('clang++-19', `libclang_rt.asan-${architecture}.so`), libraryOf('clang++-19', 'libstdc++.so.6')];
if (preload.includes(undefined)) {
  skip("clang's shared runtime not found");
}
if (!build('configure', 'address', 'mobilenet') || !build('build', 'address', 'mobilenet')) {
  counts.failed++;
  finish();
}

// A package beside the scripts that use it, with this addon in it.
const folder = mkdtempSync(path.join(os.tmpdir(), 'mobilenet-addon-'));
const installed = path.join(folder, 'node_modules', 'mobilenet-metal');
mkdirSync(path.join(installed, 'build', 'Release'), { recursive: true });
cpSync(path.join(root, 'dist'), path.join(installed, 'dist'), { recursive: true });
copyFileSync(path.join(root, 'package.json'), path.join(installed, 'package.json'));
symlinkSync(path.join(root, 'models'), path.join(installed, 'models'));
symlinkSync(path.join(root, 'node_modules'), path.join(installed, 'node_modules'));
const addon = path.join('Release', 'mobilenet.node');
copyFileSync(path.join(root, directoryOf('address'), addon), path.join(installed, 'build', addon));
for (const file of readdirSync(path.join(root, 'test', 'package')).filter((name) => name.endsWith('.cjs'))) {
  copyFileSync(path.join(root, 'test', 'package', file), path.join(folder, file));
}

/** Leaks are not looked for: Node frees little of its own at its end. */
const env = {
  ...process.env,
  LD_PRELOAD: preload.join(' '),
  ASAN_OPTIONS: 'detect_leaks=0',
  UBSAN_OPTIONS: 'print_stacktrace=1',
};

function test(devices, title, script, args, expectedStatus = 0) {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [script, photo, ...args], {
    cwd: folder,
    env: { ...env, APPLE_DOUBLE_DEVICES: devices },
    encoding: 'utf8',
    timeout: 300_000,
    maxBuffer: 1 << 28,
  });
  const good = status === expectedStatus && !/Sanitizer|runtime error/.test(stderr);
  console.log(`${good ? 'passed' : 'FAILED'} ${title}, ${devices === 'none' ? 'on the processor' : `on a GPU (${devices})`}`);
  counts[good ? 'passed' : 'failed']++;
  if (!good) {
    console.log(`status ${status}, signal ${signal}\n${stdout}\n${stderr}`);
  }
}

// This addon carries the double of Apple's GPUs, which is what networks run on where there is a GPU.
for (const devices of ['none', 'unified', 'discrete']) {
  test(devices, 'four worker threads at once', 'workers.cjs', []);
  // Whether a thread is stopped at a bad moment is chance.
  for (let i = 1; i <= 3; i++) {
    test(devices, `worker threads stopped in the middle of a run, ${i}`, 'workers.cjs', ['terminate']);
  }
  test(devices, 'worker threads stopped while maps are written', 'segment.cjs', []);
  test(devices, 'process.exit in the middle of a run', 'exit.cjs', ['exit'], 7);
  test(devices, 'process.exit while loading', 'exit.cjs', ['load'], 7);
}
rmSync(folder, { recursive: true, force: true });
finish();
