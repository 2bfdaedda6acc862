import type { MessageChannelMain, UtilityProcess, WebContents } from 'electron';
import { channels, type Gone } from '../channels';
import type { Command, Notice } from '../messages';

/** What a {@link NetworkProcess} is made of. */
export interface Parts {
  fork(): UtilityProcess;
  createChannel(): MessageChannelMain;
  onNotice(notice: Notice): void;
}

/** A process that ended sooner than this after its start has failed to start. */
const soonMilliseconds = 10_000;
/** Before it is started again, by how often it failed to start in a row; after the last it stays gone. */
const restartDelays = [0, 250, 1000, 4000];

/**
 * Keeps a utility process running that runs the networks, and pages connected to it: whenever it ends, it is started again, given the model
 * files that were opened, and every page gets a port to the new one.
 */
export class NetworkProcess {
  readonly #parts: Parts;
  readonly #pages = new Set<WebContents>();
  /** Model files that every process is given. */
  readonly #modelPaths = new Set<string>();
  /** Those that the running process was given when it started, and has not told of yet. */
  #reopening = new Set<string>();
  /** Model files that were chosen while there was no process. */
  #unsentPaths: string[] = [];
  #child: UtilityProcess | undefined;
  #startedAt = 0;
  #failures = 0;
  #restart: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Gives a page its port, now and whenever the process was started again. */
  connect(page: WebContents): void {
    if (!this.#pages.has(page)) {
      this.#pages.add(page);
      page.once('destroyed', () => this.#pages.delete(page));
    }
    if (this.#child) {
      this.#givePort(this.#child, page);
    } else if (!this.#restart) {
      this.#failures = 0;
      this.#start();
    }
  }

  /** What becomes of it is told by `onNotice`. */
  openModel(path: string): void {
    if (this.#child) {
      this.#command(this.#child, { type: 'open-model', path });
      return;
    }
    this.#unsentPaths.push(path);
    if (!this.#restart) {
      this.#start();
    }
  }

  /** Ends it for good. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#restart);
    this.#child?.kill();
  }

  #start(): void {
    this.#restart = undefined;
    if (this.#stopped) {
      return;
    }
    const child = this.#parts.fork();
    this.#child = child;
    this.#startedAt = performance.now();
    child.on('message', (notice: Notice) => this.#onNotice(notice));
    child.once('exit', (code) => this.#onExit(code));
    // Before any page can ask for them.
    this.#reopening = new Set(this.#modelPaths);
    for (const path of [...this.#modelPaths, ...this.#unsentPaths.splice(0)]) {
      this.#command(child, { type: 'open-model', path });
    }
    for (const page of this.#pages) {
      this.#givePort(child, page);
    }
  }

  #givePort(child: UtilityProcess, page: WebContents): void {
    const { port1, port2 } = this.#parts.createChannel();
    this.#command(child, { type: 'connect' }, port1);
    page.postMessage(channels.port, null, [port2]);
  }

  #command(child: UtilityProcess, command: Command, port?: MessageChannelMain['port1']): void {
    child.postMessage(command, port ? [port] : []);
  }

  /** Only files that were read to the end are read again by the next process: one that ended it would end that one too. */
  #onNotice(notice: Notice): void {
    if (notice.type === 'model-opened') {
      this.#modelPaths.add(notice.path);
    } else {
      this.#modelPaths.delete(notice.path);
    }
    if (!this.#reopening.delete(notice.path)) {
      this.#parts.onNotice(notice);
    }
  }

  #onExit(code: number): void {
    this.#child = undefined;
    if (this.#stopped) {
      return;
    }
    this.#failures = performance.now() - this.#startedAt < soonMilliseconds ? this.#failures + 1 : 0;
    const delay = restartDelays[this.#failures];
    const forGood = delay === undefined;
    const ended = `the process that runs the networks ended with code ${code}`;
    const message = forGood ? `${ended}, ${this.#failures} times in a row; reload the page to try again` : ended;
    for (const page of this.#pages) {
      page.send(channels.gone, { message, forGood } satisfies Gone);
    }
    if (delay === 0) {
      this.#start();
    } else if (delay !== undefined) {
      this.#restart = setTimeout(() => this.#start(), delay);
    }
  }
}
