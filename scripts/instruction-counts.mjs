// Counts the instructions of one run of MobileNet V1 and of V2 on one thread with valgrind, and compares them with those of
// test/instruction-counts.json: `node scripts/instruction-counts.mjs [--write]`. A count does not depend on what else the machine does, so that
// kernels which became slower show where no clock could be trusted. `--write` keeps the new counts. The last line is
// "N passed, N failed, N skipped".
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { build, configurations, directoryOf, missingTool, root } from './native-build.mjs';

const keptFile = path.join(root, 'test', 'instruction-counts.json');
const mostDifference = 0.05;
const networks = ['mobilenet-v1', 'mobilenet-v2'];
// valgrind knows no AVX-512. What all instruction sets have in common, blocks, tiles and how they are dealt out, shows in this one too.
const instructionSet = 'avx2';

function finish(passed, failed, skipped) {
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exit(failed > 0 ? 1 : 0);
}

function skip(reason) {
  console.log(`SKIPPED instruction counts: ${reason}`);
  finish(0, 0, 1);
}

/** "g++ 12": other versions make other instructions. */
function compiler() {
  const { status, stdout } = spawnSync('c++', ['-dumpversion'], { encoding: 'utf8' });
  const { stdout: about } = spawnSync('c++', ['--version'], { encoding: 'utf8' });
  if (status !== 0) {
    return undefined;
  }
  return `${/clang/i.test(about) ? 'clang' : 'g++'} ${stdout.trim().split('.')[0]}`;
}

/** Instructions of one run, and the caches its tiles were chosen for. */
function count(network) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mobilenet-counts-'));
  try {
    const program = path.join(root, directoryOf('release'), 'count_instructions');
    const options = ['--tool=callgrind', `--callgrind-out-file=${path.join(folder, 'out')}`, '--toggle-collect=CountedRun'];
    const { status, stdout, stderr } = spawnSync('valgrind', [...options, program, network, instructionSet], {
      encoding: 'utf8',
    });
    if (stderr.includes('an instruction set this machine has')) {
      skip(`${instructionSet} not found`);
    }
    const collected = /Collected : (\d+)/.exec(stderr);
    if (status !== 0 || !collected) {
      throw new Error(`valgrind ended with ${status}:\n${stdout}${stderr}`);
    }
    return { instructions: Number(collected[1]), caches: stdout.trim() };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What is wrong with a count, if anything. */
function complaint(instructions, kept) {
  if (kept === undefined) {
    return 'there is none to compare it with: --write keeps it';
  }
  const change = instructions / kept - 1;
  const percent = `${(100 * Math.abs(change)).toFixed(1)} %`;
  if (change > mostDifference) {
    return `${percent} more than the ${kept} kept`;
  }
  return change < -mostDifference ? `${percent} fewer than the ${kept} kept: --write keeps the better count` : undefined;
}

if (process.arch !== 'x64') {
  skip(`they were counted on x64, this is ${process.arch}`);
}
const missing = missingTool({ needs: ['valgrind'] }) ?? missingTool(configurations.release);
if (missing) {
  skip(`${missing} not found`);
}
const write = process.argv.includes('--write');
const kept = JSON.parse(readFileSync(keptFile, 'utf8'));
const found = compiler();
if (!write && kept.compiler !== found) {
  skip(`they were counted with ${kept.compiler}, this is ${found}`);
}
if (!build('configure', 'release') || !build('build', 'release', 'count_instructions')) {
  finish(0, 1, 0);
}

const counts = {};
let caches;
let failed = 0;
for (const network of networks) {
  const counted = count(network);
  caches = counted.caches;
  if (!write && kept.caches !== caches) {
    skip(`they were counted for caches of ${kept.caches} bytes, these are ${caches}`);
  }
  counts[network] = counted.instructions;
  const wrong = write ? undefined : complaint(counted.instructions, kept.counts[network]);
  failed += wrong ? 1 : 0;
  console.log(`${network}: ${counted.instructions} instructions of ${instructionSet}${wrong ? `, ${wrong}` : ''}`);
}
if (write) {
  writeFileSync(keptFile, `${JSON.stringify({ compiler: found, instructionSet, caches, counts }, undefined, 2)}\n`);
}
finish(Object.keys(counts).length - failed, failed, 0);
