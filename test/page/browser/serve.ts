import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { printedAddress } from '../../server/printed-address';

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
  const address = await printedAddress(child.stdout);
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
