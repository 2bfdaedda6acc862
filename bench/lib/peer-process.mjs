import { spawn } from 'node:child_process';
import readline from 'node:readline';

/** A library that says nothing for so long has hung. */
const patience = 180_000;

/** A library in a process of its own (see serve-peer.mjs). */
export class PeerProcess {
  #child;
  #answers;
  #complaints = '';

  constructor([command, ...args]) {
    this.#child = spawn(command, args, { stdio: ['pipe', 'ignore', 'pipe', 'pipe'] });
    this.#child.on('error', (error) => {
      this.#complaints = error.message;
    });
    // A child that has ended is noticed by its missing answer.
    this.#child.stdin.on('error', () => {});
    this.#child.stderr.on('data', (chunk) => {
      this.#complaints = `${this.#complaints}${chunk}`.slice(-1000);
    });
    this.#answers = readline.createInterface({ input: this.#child.stdio[3] })[Symbol.asyncIterator]();
  }

  /** Name and version of the library and fingerprints of its outputs, once it has loaded and run. */
  ready() {
    return this.#answer();
  }

  /** Milliseconds of each of `runs` calls. */
  async run(runs) {
    this.#child.stdin.write(`run ${runs}\n`);
    const { calls } = await this.#answer();
    return calls;
  }

  stop() {
    this.#child.stdin.end();
    this.#child.kill();
  }

  async #answer() {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), patience);
    const { value, done } = await this.#answers.next();
    clearTimeout(timer);
    if (done) {
      const complaint = this.#complaints.trim().split('\n').at(-1);
      throw new Error(complaint || `it ended or was silent for ${patience / 1000} s`);
    }
    const answer = JSON.parse(value);
    if (answer.error) {
      throw new Error(answer.error.split('\n')[0]);
    }
    return answer;
  }
}
