// Checks the Metal sources against Apple's headers, on any system with clang: `node scripts/check-apple-headers.mjs FRAMEWORKS...
// --include DIR`. FRAMEWORKS are folders that hold Foundation.framework, Metal.framework and MetalPerformanceShaders.framework, INCLUDE the
// folder of the C headers with c++/v1 in it: both of a macOS SDK, or of public copies of its headers. They are Apple's: none of them belongs
// into this repository. The C++ sources are checked too, as macOS would compile them.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const require = createRequire(import.meta.url);
const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const list = require('../native/sources.json');
const { values, positionals: frameworks } = parseArgs({
  options: { include: { type: 'string' }, clang: { type: 'string', default: 'clang++-19' } },
  allowPositionals: true,
});
if (values.include === undefined || frameworks.length === 0) {
  console.error('usage: node scripts/check-apple-headers.mjs FRAMEWORKS... --include DIR [--clang PROGRAM]');
  process.exit(2);
}

// The frameworks within MetalPerformanceShaders.framework include each other by name.
const nested = frameworks
  .map((folder) => path.join(folder, 'MetalPerformanceShaders.framework', 'Frameworks'))
  .filter((folder) => existsSync(folder));
const nodeHeaders = process.env.npm_config_nodedir ?? path.join(path.dirname(process.execPath), '..');
const resources = spawnSync(values.clang, ['-print-resource-dir'], { encoding: 'utf8' }).stdout.trim();
const common = [
  ...['-std=c++20', '-fsyntax-only', '-Wall', '-Wextra', '-Wno-nullability-completeness', '-Werror=deprecated-declarations'],
  ...[...frameworks, ...nested].flatMap((folder) => ['-iframework', folder]),
  ...['-nostdinc++', '-isystem', path.join(values.include, 'c++', 'v1')],
  ...['-isystem', path.join(resources, 'include'), '-isystem', values.include],
  ...['-isystem', require('node-addon-api').include_dir, '-isystem', path.join(nodeHeaders, 'include', 'node')],
  ...['-DNAPI_VERSION=8', '-DNODE_ADDON_API_CPP_EXCEPTIONS', '-DNODE_GYP_MODULE_NAME=mobilenet', '-Inative'],
];
const objectiveC = ['-x', 'objective-c++', '-fobjc-arc', '-fblocks'];

/** Runs clang; resolves with what it said if it failed. */
function check(architecture, file, flags) {
  return new Promise((resolve) => {
    const args = ['-target', `${architecture}-apple-macos12.0`, ...common, ...flags, `native/${file}`];
    const child = spawn(values.clang, args, { cwd: root });
    let output = '';
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', (error) => resolve(String(error)));
    child.on('close', (status) => resolve(status === 0 ? '' : output));
  });
}

const sources = [...list.core, ...list.cpu, ...list.addon, ...list.metal];
const kernels = { arm64: 'arm64', x86_64: 'x64' };
const jobs = Object.entries(kernels).flatMap(([architecture, name]) => [
  ...sources.map((file) => [architecture, file, file.endsWith('.mm') ? objectiveC : []]),
  ...list.kernels
    .filter(({ architectures }) => architectures.includes(name))
    .flatMap(({ sources: files, flags }) => files.map((file) => [architecture, file, flags])),
]);
const counts = { passed: 0, failed: 0 };
const waiting = [...jobs];
await Promise.all(
  Array.from({ length: os.availableParallelism() }, async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      const said = await check(...job);
      counts[said === '' ? 'passed' : 'failed']++;
      if (said !== '') {
        console.log(`FAILED ${job[1]} for ${job[0]}\n${said}`);
      }
    }
  }),
);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 ? 1 : 0;
