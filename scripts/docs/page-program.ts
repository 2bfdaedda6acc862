import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { difference } from './loose';
import { compose, instrument, type Shown } from './program';

const harness = pathToFileURL(path.join(__dirname, 'steps.mjs')).href;
const longest = 120_000;

/** The programs of a page, in one process that runs block after block when told to. */
export class PageProgram {
  readonly #process: ChildProcess;
  readonly #shown: Shown[];
  readonly #ended: Promise<unknown>;
  #stdout = '';
  #stderr = '';
  #next = 0;
  /** Told of what is printed. */
  #printed = () => {};

  /** @param separate whether the blocks know nothing of each other */
  constructor(blocks: readonly string[], folder: string, env: NodeJS.ProcessEnv, separate = false) {
    const instrumented = blocks.map(instrument);
    this.#shown = instrumented.map(({ shown }) => shown);
    const file = path.join(folder, '.page.mjs');
    const sources = instrumented.map(({ code }) => code);
    writeFileSync(file, compose(sources, harness, separate));
    this.#process = spawn(process.execPath, [file], { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#printed();
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.#ended = once(this.#process, 'close');
  }

  /** What is printed until the next block may begin. Throws where the process ends before. */
  async #untilStep(): Promise<string> {
    const mark = '\0step\0';
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), longest);
    const marked = new Promise<void>((resolve) => {
      this.#printed = () => {
        if (this.#stdout.includes(mark)) {
          resolve();
        }
      };
      this.#printed();
    });
    await Promise.race([marked, this.#ended]);
    clearTimeout(timer);
    const end = this.#stdout.indexOf(mark);
    if (end < 0) {
      throw new Error(this.#stderr || `the program ended (${this.#process.exitCode ?? this.#process.signalCode})`);
    }
    const text = this.#stdout.slice(0, end);
    this.#stdout = this.#stdout.slice(end + mark.length);
    return text;
  }

  /** Runs the next block. Throws where it fails, or gives something else than the page shows. */
  async runNext(): Promise<{ checks: number }> {
    const { output, values } = this.#shown[this.#next++] as Shown;
    if (this.#next === 1) {
      await this.#untilStep();
    }
    this.#process.stdin?.write('go\n');
    const text = await this.#untilStep();
    const found = [...text.matchAll(/\0value ([^\0]*)\0/g)].map(([, value = '']) => value);
    for (const [index, { expression, text: shown }] of values.entries()) {
      const differs = difference(shown, found[index] ?? 'nothing: the line was not reached');
      if (differs) {
        throw new Error(`${expression}, ${differs}`);
      }
    }
    const differs = output === undefined ? undefined : difference(output, text.replace(/\0value [^\0]*\0/g, ''));
    if (differs) {
      throw new Error(`output, ${differs}`);
    }
    return { checks: values.length + (output === undefined ? 0 : 1) };
  }

  async close(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.stdin?.end();
      const timer = setTimeout(() => this.#process.kill('SIGKILL'), 5000);
      await this.#ended;
      clearTimeout(timer);
    }
  }
}
