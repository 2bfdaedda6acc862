import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { difference } from './loose';
import type { Command } from './session';

const longest = 120_000;
const address = /\bhttps?:\/\//;

interface Lasting {
  text: string;
  group: number;
  output: string;
}

/** What a reader has open beside a page: one shell for all its commands, so that variables and folders stay as they are. */
export class Terminal {
  readonly #shell: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #lines: Interface;
  readonly #scratch: string;
  readonly #lasting: Lasting[] = [];
  #count = 0;

  /** @param scratch folder for what is not the reader's */
  constructor(folder: string, scratch: string, env: NodeJS.ProcessEnv) {
    this.#scratch = scratch;
    this.#shell = spawn('bash', ['--norc', '--noprofile'], {
      cwd: folder,
      env,
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    });
    this.#lines = createInterface({ input: this.#shell.stdout as NodeJS.ReadableStream });
    this.#answers = this.#lines[Symbol.asyncIterator]();
  }

  async #ask(line: string): Promise<string> {
    this.#shell.stdin?.write(`${line}\n`);
    const timeout = new AbortController();
    const late = sleep(longest, undefined, { signal: timeout.signal }).then(
      () => {
        throw new Error(`expected an end within ${longest / 1000} seconds`);
      },
      () => ({ value: '' }),
    );
    const { value } = await Promise.race([this.#answers.next(), late]);
    timeout.abort();
    return String(value);
  }

  /** Runs a command to its end, or until it is ready where it is one that stays. Throws where it does something else than the page says. */
  async run(command: Command, exitStatus: number): Promise<void> {
    const script = path.join(this.#scratch, `command-${++this.#count}.sh`);
    const output = path.join(this.#scratch, `output-${this.#count}.txt`);
    writeFileSync(script, `${command.text}\n`);
    await (command.background ? this.#start(command, script, output) : this.#finish(command, script, output, exitStatus));
  }

  async #finish({ text, output: shown }: Command, script: string, output: string, exitStatus: number): Promise<void> {
    const status = Number(await this.#ask(`. '${script}' > '${output}' 2>&1 < /dev/null; echo $?`));
    const printed = readFileSync(output, 'utf8');
    if (status !== exitStatus) {
      throw new Error(`$ ${text}\nexit status ${status}, expected ${exitStatus}\n${printed}`);
    }
    const differs = shown === undefined ? undefined : difference(shown, printed);
    if (differs) {
      throw new Error(`$ ${text}\n${differs}`);
    }
  }

  async #start({ text, output: shown }: Command, script: string, output: string): Promise<void> {
    const group = Number(await this.#ask(`setsid bash '${script}' > '${output}' 2>&1 < /dev/null & echo $!`));
    this.#lasting.push({ text, group, output });
    const printed = () => (existsSync(output) ? readFileSync(output, 'utf8') : '');
    const ready = () =>
      shown !== undefined ? difference(shown, printed()) === undefined : !text.includes(' serve') || address.test(printed());
    for (const end = performance.now() + 20_000; !ready(); await sleep(100)) {
      if (performance.now() > end || !alive(group)) {
        const why = shown === undefined ? `expected an address\n${printed()}` : difference(shown, printed());
        throw new Error(`$ ${text}\n${why}`);
      }
    }
  }

  /** Stops what stays, as Ctrl-C would, and leaves. Throws where something does not go. */
  async close(): Promise<void> {
    const stuck: string[] = [];
    for (const { text, group, output } of this.#lasting) {
      signal(group, 'SIGINT');
      for (const end = performance.now() + 10_000; alive(group) && performance.now() < end; ) {
        await sleep(50);
      }
      if (alive(group)) {
        stuck.push(`$ ${text}\ndid not end within 10 seconds of Ctrl-C\n${readFileSync(output, 'utf8')}`);
        signal(group, 'SIGKILL');
      }
    }
    this.#lines.close();
    if (this.#shell.exitCode === null) {
      const gone = once(this.#shell, 'exit');
      signal(this.#shell.pid as number, 'SIGKILL');
      await gone;
    }
    if (stuck.length > 0) {
      throw new Error(stuck.join('\n'));
    }
  }
}

function signal(group: number, name: NodeJS.Signals): void {
  try {
    process.kill(-group, name);
  } catch {
    // It has ended.
  }
}

/** Also of a group that its first process is about to form. */
function alive(group: number): boolean {
  return [-group, group].some((id) => {
    try {
      return process.kill(id, 0);
    } catch {
      return false;
    }
  });
}
