// Checks the native sources with clang-format and clang-tidy (version 19, as the settings at the root expect).
// `--fix` formats in place and checks nothing else.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const list = require('../native/sources.json');
const files = ['native', path.join('test', 'apple-double'), path.join('bench', 'native')]
  .flatMap((folder) => readdirSync(path.join(root, folder), { recursive: true }).map((file) => path.join(folder, file)))
  .filter((file) => /\.(cc|h|mm|metal)$/.test(file))
  .sort();

if (process.argv.includes('--fix')) {
  const { status } = spawnSync('clang-format-19', ['-i', ...files], { cwd: root, stdio: 'inherit' });
  process.exit(status ?? 1);
}

/** Where node_api.h lies: beside the running Node, or where npm was told to look. */
const nodeHeaders = path.join(
  process.env.npm_config_nodedir ?? path.join(path.dirname(process.execPath), '..'),
  'include',
  'node',
);
const flags = [
  ...list.flags,
  '-Inative',
  ...['-isystem', require('node-addon-api').include_dir, '-isystem', nodeHeaders],
  ...['-DNAPI_VERSION=8', '-DNODE_ADDON_API_CPP_EXCEPTIONS', '-DNODE_GYP_MODULE_NAME=mobilenet'],
];

/** As the double of Apple's frameworks takes it (test/apple-double). */
const objectiveC = [
  ...['-isystem', 'test/apple-double/include', '-fobjc-arc', '-fobjc-runtime=gnustep-2.0', '-fblocks'],
  ...['-fexceptions', '-fobjc-exceptions'],
];
/** These know C++ alone: variables of for-in loops, and the names that Objective-C's methods have. */
const notForObjectiveC = '--checks=-cppcoreguidelines-init-variables,-readability-identifier-naming';

/** Runs a command; resolves with what it printed when it failed, with nothing when it succeeded. */
function complaints(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', (error) => resolve(String(error)));
    child.on('close', (status) => resolve(status === 0 ? '' : output));
  });
}

/** What clang-tidy says about each source, as many at a time as there are cores. */
async function tidy(sources, more) {
  const waiting = [...sources];
  const said = [];
  const work = async () => {
    for (let file = waiting.shift(); file; file = waiting.shift()) {
      said.push(
        await complaints('clang-tidy-19', [
          ...['--quiet', '--warnings-as-errors=*', ...(file.endsWith('.mm') ? [notForObjectiveC] : [])],
          ...[`native/${file}`, '--', ...flags, ...more],
        ]),
      );
    }
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, work));
  return said.join('');
}

const counts = { passed: 0, failed: 0, skipped: 0 };
async function check(tool, title, run) {
  if (spawnSync(tool, ['--version']).status !== 0) {
    console.log(`SKIPPED ${title}: ${tool} not found`);
    counts.skipped++;
    return;
  }
  const said = await run();
  counts[said === '' ? 'passed' : 'failed']++;
  console.log(`${said === '' ? 'passed' : 'FAILED'} ${title}\n${said}`.trim());
}

await check('clang-format-19', `clang-format of ${files.length} files`, () =>
  complaints('clang-format-19', ['--dry-run', '--Werror', ...files]),
);
for (const part of ['core', 'cpu', 'addon', 'no_metal']) {
  await check('clang-tidy-19', `clang-tidy of ${part}`, () => tidy(list[part], []));
}
await check('clang-tidy-19', 'clang-tidy of metal', () => tidy(list.metal, objectiveC));
for (const kernel of list.kernels.filter(({ architectures }) => architectures.includes(process.arch))) {
  await check('clang-tidy-19', `clang-tidy of the ${kernel.name} kernels`, () => tidy(kernel.sources, kernel.flags));
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed > 0 ? 1 : 0;
