import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { printedAddress } from '../../test/server/printed-address';

const root = path.join(__dirname, '..', '..');
export const photo = (name: string) => new Uint8Array(readFileSync(path.join(root, 'photos', name)));

const mebibyte = 2 ** 20;

/** A server in a process of its own, as users start it. */
export class Victim {
  private constructor(
    readonly process: ChildProcess,
    readonly url: string,
  ) {}

  static async start(...flags: string[]): Promise<Victim> {
    const main = path.join(root, 'dist', 'cli', 'main.js');
    const child = spawn(process.execPath, [main, 'serve', '--port', '0', '--device', 'cpu', ...flags], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return new Victim(child, await printedAddress(child.stdout));
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get alive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  async figure(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
  }

  /** What the process holds of the machine's memory, in MiB. */
  async memory(): Promise<number> {
    return Math.round((await this.figure('process_resident_memory_bytes')) / mebibyte);
  }

  async classify(body: Uint8Array): Promise<{ status: number; label?: string; code?: string }> {
    const response = await fetch(`${this.url}/v1/classify?topK=1`, { method: 'POST', body: body as RequestInit['body'] });
    const { categories, error } = (await response.json()) as { categories?: { label: string }[]; error?: { code: string } };
    return { status: response.status, label: categories?.[0]?.label, code: error?.code };
  }

  /** Milliseconds until it says that it is well. */
  async pulse(): Promise<number> {
    const started = performance.now();
    await (await fetch(`${this.url}/healthz`)).json();
    return performance.now() - started;
  }

  /** Resolves to its exit code. */
  async stop(): Promise<number | null> {
    const ended = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    await ended;
    return this.process.exitCode;
  }
}
