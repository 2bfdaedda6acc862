// Does what the documentation says: every command and program of README.md and docs, and every example of the docstrings, in folders as readers
// have them, and compares what comes out with what is shown. `node scripts/run-ts.mjs scripts/docs-tests.ts [PAGE…]`. How pages say what
// cannot be run here is told in docs/architecture.md. The last line is "N passed, N failed, N skipped".
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Block, readBlocks } from './docs/blocks';
import { readExamples } from './docs/examples';
import { brokenLinks } from './docs/links';
import { ReadersFolders } from './docs/project';
import { hasRedis, Redis } from './docs/redis';
import { type Outcome, runPage } from './docs/run-page';
import { projectRoot } from './packages';

const counts = { passed: 0, failed: 0, skipped: 0 };

function report({ block, skipped, wrong, milliseconds }: Outcome): void {
  const place = `${block.page}:${block.line}`;
  if (skipped !== undefined) {
    counts.skipped++;
    console.log(`SKIPPED ${place}: ${skipped}`);
  } else if (wrong !== undefined) {
    counts.failed++;
    console.log(`FAILED ${place}\n${wrong.replaceAll(/^/gm, '  ')}`);
  } else {
    counts.passed++;
    console.log(`passed ${place} (${Math.round(milliseconds)} ms)`);
  }
}

function fail(message: string): void {
  counts.failed++;
  console.log(`FAILED ${message}`);
}

const read = (page: string) => readFileSync(path.join(projectRoot, page), 'utf8');

function hasGpu(): boolean {
  const { devices } = require(path.join(projectRoot, 'dist')) as typeof import('../lib');
  return devices()[0]?.type === 'metal';
}

/** Files below a folder of the project, by their paths in it, sorted. */
function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(path.join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => path.posix.join(folder, ...file.split(path.sep)))
    .filter((file) => file.endsWith(ending))
    .sort();
}

async function main(chosen: readonly string[]): Promise<void> {
  const reference = filesBelow('docs', '.md').filter((page) => page.startsWith('docs/api/'));
  const pages = ['README.md', ...filesBelow('docs', '.md').filter((page) => !page.startsWith('docs/api/'))];
  const sources = filesBelow('lib', '.ts');
  const wanted = (page: string) => chosen.length === 0 || chosen.includes(page);

  for (const page of [...pages, ...reference, 'models/README.md', 'bench/README.md'].filter(wanted)) {
    const broken = brokenLinks(projectRoot, page);
    for (const link of broken) {
      fail(`${page}: ${link}`);
    }
    counts.passed += broken.length === 0 ? 1 : 0;
  }

  if (hasGpu()) {
    counts.skipped++;
    console.log('SKIPPED what the pages show: it is what comes out on a processor, and this machine has a GPU');
    return end();
  }
  const folders = await ReadersFolders.make();
  const redis = hasRedis() ? await Redis.start(folders.next('redis').folder) : undefined;
  let checks = 0;
  const run = async (page: string, separate: boolean, readPage: () => Block[]) => {
    try {
      const blocks = readPage();
      for (const outcome of await runPage(page, blocks, { folders, redis: redis?.url, separate })) {
        checks += outcome.checks;
        report(outcome);
      }
    } catch (error) {
      fail((error as Error).message);
    }
  };
  try {
    for (const page of pages.filter(wanted)) {
      await run(page, false, () => readBlocks(page, read(page)));
    }
    for (const source of sources.filter(wanted)) {
      await run(source, true, () => readExamples(source, read(source)));
    }
  } finally {
    await redis?.stop();
    folders.remove();
  }
  console.log(`${checks} of the outputs that are shown were compared`);
  end();
}

function end(): void {
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  process.exitCode = counts.failed > 0 ? 1 : 0;
}

main(process.argv.slice(2));
