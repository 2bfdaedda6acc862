import { spawnSync } from 'node:child_process';
import type { Block } from './blocks';
import { PageProgram } from './page-program';
import type { ReadersFolders } from './project';
import { readCommands } from './session';
import { Terminal } from './terminal';

/** What came of a block. */
export interface Outcome {
  block: Block;
  /** Why it was not run; undefined where it was. */
  skipped?: string;
  /** What is wrong with it; undefined where nothing is. */
  wrong?: string;
  /** How much of what the page shows was compared. */
  checks: number;
  milliseconds: number;
}

export interface Surroundings {
  folders: ReadersFolders;
  /** Address of the Redis to use; undefined where there is none. */
  redis: string | undefined;
  /** Whether the blocks know nothing of each other, as those of docstrings do. */
  separate: boolean;
}

const needsRedis = /\bmobilenet (submit|work|status|collect)\b|--queue\b|\$REDIS\b/;

const hasCurl = !spawnSync('curl', ['--version']).error;

/** What a block needs and the machine lacks. */
function missing(text: string, redis: string | undefined): string | undefined {
  if (redis === undefined && needsRedis.test(text)) {
    return 'redis-server not found';
  }
  return !hasCurl && /\bcurl\b/.test(text) ? 'curl not found' : undefined;
}

const inTest = (text: string, { replacements }: Block) =>
  replacements.reduce((replaced, [from, to]) => replaced.replaceAll(from, to), text);

/** Runs the blocks of a page in their order, in a folder of their own. */
export async function runPage(name: string, blocks: readonly Block[], surroundings: Surroundings): Promise<Outcome[]> {
  const { folders, redis, separate } = surroundings;
  const { folder, scratch } = folders.next(name);
  const env = { ...folders.env, ...(redis === undefined ? {} : { REDIS: redis }) };
  const programs = blocks.filter(({ kind, notRun }) => kind === 'program' && notRun === undefined);
  const outcomes: Outcome[] = [];
  let terminal: Terminal | undefined;
  let program: PageProgram | undefined;
  const reached = { failed: false };

  const commands = async (block: Block) => {
    terminal ??= new Terminal(folder, scratch, env);
    let checks = 0;
    for (const first of block.runFirst) {
      await terminal.run({ text: first, background: false }, 0);
    }
    const all = block.kind === 'shell' ? readCommands(inTest(block.content, block)) : [];
    for (const [index, command] of all.entries()) {
      await terminal.run(command, index === all.length - 1 ? block.exitStatus : 0);
      checks += command.output === undefined ? 0 : 1;
    }
    return { checks };
  };

  const runProgram = async (block: Block) => {
    await commands(block);
    if (reached.failed) {
      throw new Error('not reached: a program before it on this page failed');
    }
    reached.failed = true;
    program ??= new PageProgram(
      programs.map((each) => inTest(each.content, each)),
      folder,
      env,
      separate,
    );
    const done = await program.runNext();
    reached.failed = false;
    return done;
  };

  const run = async (block: Block) => {
    if (block.kind === 'json') {
      JSON.parse(block.content);
      return { checks: 0 };
    }
    return block.kind === 'shell' ? commands(block) : runProgram(block);
  };

  for (const block of blocks) {
    if (block.kind === 'text') {
      continue;
    }
    const started = performance.now();
    const text = `${block.content}\n${block.runFirst.join('\n')}`;
    const skipped = block.notRun ?? missing(text, redis);
    let wrong: string | undefined;
    let checks = 0;
    if (skipped === undefined) {
      try {
        ({ checks } = await run(block));
      } catch (error) {
        wrong = (error as Error).message;
      }
    }
    outcomes.push({ block, skipped, wrong, checks, milliseconds: performance.now() - started });
  }
  await program?.close();
  try {
    await terminal?.close();
  } catch (error) {
    const last = outcomes.at(-1);
    if (last) {
      last.wrong = (error as Error).message;
    }
  }
  return outcomes;
}
