import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import path from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import { transferred } from './message-channel';

/** What passes between the double and its process, beside the process's own messages: those of the ports it was given, by their number. */
export type Envelope =
  | { kind: 'parent'; data: unknown; ports: number[] }
  | { kind: 'port'; port: number; data: unknown }
  | { kind: 'close'; port: number };

const root = path.join(__dirname, '../../../..');
const runner = path.join(root, 'scripts', 'run-ts.mjs');
const child = path.join(__dirname, 'child.ts');

/**
 * Electron's UtilityProcess as a real process of Node, which runs the app's utility module: `script`, or the sources it is built from. Ports are
 * passed on through the pipe between the two.
 */
export class UtilityProcessDouble extends EventEmitter {
  readonly #process: ChildProcess;
  readonly #ports: MessagePort[] = [];

  constructor(script?: string) {
    super();
    this.#process = fork(runner, [child, ...(script ? [script] : [])], { serialization: 'advanced', stdio: 'inherit' });
    this.#process.on('message', (envelope: Envelope) => this.#receive(envelope));
    this.#process.once('exit', (code, signal) => {
      for (const port of this.#ports) {
        port.close();
      }
      this.emit('exit', signal ? 128 + 9 : code);
    });
  }

  get pid(): number | undefined {
    return this.#process.exitCode === null && this.#process.signalCode === null ? this.#process.pid : undefined;
  }

  postMessage(data: unknown, ports?: readonly unknown[]): void {
    const numbers = transferred(ports).map((port) => {
      const number = this.#ports.push(port) - 1;
      port.on('message', (message) => this.#send({ kind: 'port', port: number, data: message }));
      port.once('close', () => this.#send({ kind: 'close', port: number }));
      return number;
    });
    this.#send({ kind: 'parent', data, ports: numbers });
  }

  kill(): boolean {
    return this.#process.kill('SIGTERM');
  }

  /** As a fault in native code ends it. */
  crash(): void {
    this.#process.kill('SIGKILL');
  }

  #send(envelope: Envelope): void {
    if (this.#process.connected) {
      this.#process.send(envelope, () => {}); // a process that has ended hears nothing
    }
  }

  #receive(envelope: Envelope): void {
    if (envelope.kind === 'parent') {
      this.emit('message', envelope.data);
    } else if (envelope.kind === 'port') {
      this.#ports[envelope.port]?.postMessage(envelope.data);
    } else {
      this.#ports[envelope.port]?.close();
    }
  }
}
