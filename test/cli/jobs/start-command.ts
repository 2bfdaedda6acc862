import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { main, type Run } from '../run-cli';

/** A command under way, with what it has written and how it ended when it has. */
export interface StartedCommand {
  child: ChildProcessByStdio<Writable, Readable, Readable>;
  ended: Promise<Run>;
}

/** Starts the built command line in a folder; its standard input stays open. */
export function startCommand(folder: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): StartedCommand {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const run: Run = { status: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    run.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    run.stderr += text;
  });
  return { child, ended: once(child, 'close').then(([status]) => ({ ...run, status })) };
}
