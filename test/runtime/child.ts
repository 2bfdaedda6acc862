import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const root = path.join(__dirname, '..', '..');

/**
 * Runs a TypeScript file of this folder in a process of its own, with more environment variables, and returns what it prints as JSON:
 * whatever the double of Metal is to do is set before it starts.
 */
export async function runChild(file: string, environment: Record<string, string>, ...args: string[]): Promise<unknown> {
  const script = [path.join(root, 'scripts', 'run-ts.mjs'), path.join(__dirname, file), ...args];
  const child = spawn(process.execPath, script, {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text) => {
      texts[stream] += text;
    });
  }
  const [status, signal] = await once(child, 'close');
  if (status !== 0) {
    throw new Error(`${file} ended with ${status ?? signal}: ${texts.stderr}`);
  }
  return JSON.parse(texts.stdout);
}
