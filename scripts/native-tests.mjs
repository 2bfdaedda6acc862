// Builds and runs the native tests: `node scripts/native-tests.mjs [release] [address] [thread] [aarch64]`, by default all four. The second
// and third include the Metal executor, on the double of Apple's frameworks. The last runs the tests of the processor's kernels, compiled
// for 64-bit ARM, in an emulator.
// What a machine lacks is skipped with a line that says so. The last line is "N passed, N failed, N skipped", in test cases
// summed over the configurations (a skipped configuration counts as one).
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { build, configurations, directoryOf, missingTool, root } from './native-build.mjs';

function hasDoctest(directory) {
  const cache = readFileSync(path.join(root, directory, 'CMakeCache.txt'), 'utf8');
  return !/^DOCTEST_INCLUDE_DIR:.*-NOTFOUND$/m.test(cache);
}

// Many times what the slowest configuration takes on two cores: a test that hangs is a failure, not the end of the whole run.
const timeLimitMinutes = 15;

// An emulator is many times as slow, so that it runs only what reaches the kernels. The tests of the thread pool do not, and they start
// thousands of threads, which takes an emulator as long as most of the others together.
const emulatedTests = ['--source-file=*/test/cpu_*,*/test/quantized_weights_*', '--source-file-exclude=*/test/cpu_thread_pool_*'];

/** Runs an executable of tests, in an emulator where the configuration has one, and reads doctest's summary. */
function run(executable, { emulator, environment }) {
  const [command, ...args] = emulator ? [...emulator, executable, ...emulatedTests] : [executable];
  const { status, signal, stdout, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 28,
    timeout: timeLimitMinutes * 60_000,
    killSignal: 'SIGKILL',
    env: { UBSAN_OPTIONS: 'print_stacktrace=1', TSAN_OPTIONS: 'halt_on_error=1', ...environment, ...process.env },
  });
  console.log(stdout.trim());
  const summary = stdout.match(/test cases:\s*\d+ \|\s*(\d+) passed \|\s*(\d+) failed \|\s*(\d+) skipped/);
  if (!summary) {
    console.log(
      `the tests ended early: ${error?.code === 'ETIMEDOUT' ? `over ${timeLimitMinutes} minutes` : (signal ?? `exit code ${status}`)}`,
    );
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const [passed, failed, filtered] = summary.slice(1).map(Number);
  // A sanitizer may speak up after the summary, for one of leaks. And tests that a filter does not find must not look like success.
  const wrong = failed === 0 && (status !== 0 || passed === 0);
  return { passed, failed: wrong ? 1 : failed, skipped: emulator ? 0 : filtered };
}

function test(name) {
  const skip = (reason) => {
    console.log(`SKIPPED native tests (${name}): ${reason}`);
    return { passed: 0, failed: 0, skipped: 1 };
  };
  const missing = missingTool(configurations[name]);
  if (missing) {
    return skip(`${missing} not found`);
  }
  console.log(`native tests (${name})`);
  const directory = directoryOf(name);
  if (!build('configure', name)) {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  if (!hasDoctest(directory)) {
    return skip('doctest not found');
  }
  if (!build('build', name)) {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  // The double of Apple's frameworks has tests of its own.
  return ['native_tests', path.join('apple-double', 'apple_double_tests')]
    .map((file) => path.join(root, directory, file))
    .filter((file) => existsSync(file))
    .map((file) => run(file, configurations[name]))
    .reduce(sum);
}

function sum(one, other) {
  return { passed: one.passed + other.passed, failed: one.failed + other.failed, skipped: one.skipped + other.skipped };
}

const names = process.argv.length > 2 ? process.argv.slice(2) : ['release', 'address', 'thread', 'aarch64'];
const unknown = names.find((name) => !Object.hasOwn(configurations, name));
if (unknown !== undefined) {
  console.error(`unknown configuration '${unknown}'; configurations: ${Object.keys(configurations).join(', ')}`);
  process.exit(2);
}
const counts = { passed: 0, failed: 0, skipped: 0 };
for (const name of names) {
  for (const [key, count] of Object.entries(test(name))) {
    counts[key] += count;
  }
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed > 0 ? 1 : 0;
