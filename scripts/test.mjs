// The whole test suite: `npm test`, or `npm test -- jest native` for some stages only; `--full-fuzz` damages 10,000 files of each format in place
// of 1000. What a machine lacks is skipped with a line that says so. The last line is "N passed, N failed, N skipped".
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { configurations, doublePackage, missingTool } from './native-build.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const fullFuzz = process.argv.includes('--full-fuzz');
const temporary = mkdtempSync(path.join(os.tmpdir(), 'mobilenet-test-'));
let reports = 0;

/** Runs a command, its output shown; returns its exit status. */
function run(command, args, options = {}) {
  console.log(`\n$ ${[command, ...args].join(' ')}`);
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) {
    console.error(error.message);
  }
  return status ?? 1;
}

const node = (script, ...args) => run(process.execPath, [script, ...args]);
const check = (status) => ({ passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 });
const sum = (counts) =>
  counts.reduce(
    (all, each) => ({ passed: all.passed + each.passed, failed: all.failed + each.failed, skipped: all.skipped + each.skipped }),
    { passed: 0, failed: 0, skipped: 0 },
  );

/** Runs one of our scripts that end with "N passed, N failed, N skipped", showing its output as it comes and reading it. */
async function counted(script, ...args) {
  console.log(`\n$ node ${[script, ...args].join(' ')}`);
  const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    process.stdout.write(text);
    stdout += text;
  });
  const [status] = await once(child, 'close');
  const counts = stdout
    .trim()
    .split('\n')
    .at(-1)
    ?.match(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/);
  if (!counts) {
    return check(1);
  }
  const failed = Number(counts[2]);
  return { passed: Number(counts[1]), failed: status !== 0 && failed === 0 ? 1 : failed, skipped: Number(counts[3] ?? 0) };
}

function jest({ env = process.env, config = 'jest.config.js', only = [] } = {}) {
  const report = path.join(temporary, `jest-${++reports}.json`);
  const args = ['node_modules/jest/bin/jest.js', '--config', config, '--json', `--outputFile=${report}`, ...only];
  const status = run(process.execPath, args, { env });
  if (!existsSync(report)) {
    return check(1);
  }
  const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(report, 'utf8'));
  const failed = numFailedTests + numRuntimeErrorTestSuites;
  return { passed: numPassedTests, failed: status !== 0 && failed === 0 ? 1 : failed, skipped: numPendingTests };
}

/** The tests in which a network runs on the device that is preferred. */
const onDevices = [
  'test/(cli|doctor|golden|runtime|tasks)/',
  'test/convert/tflite/coral',
  'test/jobs/(run-job|pictures)',
  'test/networks/(metal|deeplab-v3-plus)',
  'test/index',
];

/** Those tests once more, with the double of an Apple GPU as the machine's preferred device. */
function double() {
  const missing = missingTool(configurations.double);
  if (missing) {
    console.log(`SKIPPED the tests on the double of an Apple GPU: ${missing} not found`);
    return { passed: 0, failed: 0, skipped: 1 };
  }
  const built = check(node('scripts/build-double.mjs'));
  return built.failed
    ? built
    : jest({ env: { ...process.env, MOBILENET_METAL_PREBUILD: path.join(root, doublePackage) }, only: onDevices });
}

/** What of the Electron example needs its own packages. */
function electron() {
  const example = path.join('examples', 'electron');
  if (!existsSync(path.join(root, example, 'node_modules'))) {
    console.log(`SKIPPED the packed Electron example: run npm ci --ignore-scripts --prefix ${example}`);
    return { passed: 0, failed: 0, skipped: 1 };
  }
  const compiler = path.join(example, 'node_modules', 'typescript', 'bin', 'tsc');
  return sum([
    check(node(compiler, '-p', example)),
    check(node(compiler, '-p', path.join('test', 'examples', 'electron'))),
    jest({ config: 'jest.electron.config.js' }),
  ]);
}

const stages = {
  lint: () =>
    sum([
      check(node('node_modules/@biomejs/biome/bin/biome', 'ci', '.')),
      check(node('node_modules/typescript/bin/tsc', '--noEmit')),
      check(node('node_modules/typescript/bin/tsc', '--noEmit', '-p', 'page')),
    ]),
  build: () => check(node('scripts/build.mjs')),
  jest: () => jest(),
  page: () => jest({ config: 'jest.page.config.js' }),
  jobs: () => counted('scripts/job-crashes.mjs'),
  server: () => counted('scripts/run-ts.mjs', 'scripts/server-attacks.ts'),
  double,
  native: () => counted('scripts/native-tests.mjs', 'release', 'address', 'thread', 'aarch64'),
  counts: () => counted('scripts/instruction-counts.mjs'),
  addon: () => counted('scripts/addon-tests.mjs'),
  style: () => counted('scripts/native-style.mjs'),
  package: () => counted('scripts/package-tests.mjs'),
  electron,
  docs: async () =>
    sum([await counted('scripts/run-ts.mjs', 'scripts/docs-tests.ts'), await counted('scripts/api-reference.mjs', '--check')]),
  fuzz: () => counted('scripts/fuzz-convert.mjs', '--count', fullFuzz ? '10000' : '1000'),
};

/** Stages that leave processors idle, and those that run beside them in a process of their own. */
const beside = { page: ['counts', 'addon'], jobs: ['package'], docs: ['electron'] };

const [reportFlag] = process.argv.filter((argument) => argument.startsWith('--report='));
const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const chosen = named.length > 0 ? named : Object.keys(stages);
const unknown = chosen.find((name) => !stages[name]);
if (unknown !== undefined) {
  console.error(`unknown stage '${unknown}'; stages: ${Object.keys(stages).join(', ')}`);
  process.exit(2);
}

/** Begins stages beside the one that runs here; returns what waits for them, shows what they said, and gives their results. */
function begin(names) {
  const log = path.join(temporary, `${names.join('-')}.log`);
  const report = path.join(temporary, `${names.join('-')}.json`);
  const descriptor = openSync(log, 'w');
  const args = [fileURLToPath(import.meta.url), ...names, `--report=${report}`];
  const ended = once(spawn(process.execPath, args, { cwd: root, stdio: ['ignore', descriptor, descriptor] }), 'close');
  closeSync(descriptor);
  return async () => {
    await ended;
    console.log(readFileSync(log, 'utf8'));
    return existsSync(report)
      ? JSON.parse(readFileSync(report, 'utf8'))
      : Object.fromEntries(names.map((name) => [name, check(1)]));
  };
}

const results = {};
for (const name of chosen) {
  if (results[name]) {
    continue;
  }
  const others = (beside[name] ?? []).filter((other) => chosen.includes(other) && !results[other]);
  const wait = others.length > 0 ? begin(others) : () => ({});
  const started = performance.now();
  results[name] = await stages[name]();
  results[name].seconds = Math.round((performance.now() - started) / 1000);
  Object.assign(results, await wait());
}
rmSync(temporary, { recursive: true, force: true });
if (reportFlag) {
  writeFileSync(reportFlag.slice('--report='.length), JSON.stringify(results));
}

console.log();
console.table(results);
const { passed, failed, skipped } = sum(Object.values(results));
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 ? 1 : 0;
