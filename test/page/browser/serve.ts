import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

export const root = path.join(__dirname, '../../..');
const main = path.join(root, 'dist/cli/main.js');

/** `mobilenet serve` in a process of its own. */
export interface Served {
  /** `http://127.0.0.1:PORT` */
  address: string;
  port: number;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
}

/** @param args of `mobilenet serve`; the port is any that is free unless they name one */
export async function serve(...args: string[]): Promise<Served> {
  const port = args.includes('--port') ? [] : ['--port', '0'];
  const child = spawn(process.execPath, [main, 'serve', ...port, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const address = await addressPrinted(child);
  return {
    address,
    port: Number(new URL(address).port),
    async kill() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    },
  };
}

async function addressPrinted(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout as NonNullable<ChildProcess['stdout']> })) {
    const [address] = /http:\/\/[\d.]+:\d+/.exec(line) ?? [];
    if (address) {
      child.stdout?.resume();
      return address;
    }
  }
  throw new Error('mobilenet serve ended before it told its address');
}
