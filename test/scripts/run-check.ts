import { spawnSync } from 'node:child_process';
import path from 'node:path';

const folder = path.join(__dirname, '..', '..', 'scripts', 'release');

/** Runs a script of scripts/release: its exit status, what it prints, and a line for each problem. */
export function runCheck(script: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(folder, script), ...args], { encoding: 'utf8' });
  return { status, stdout: stdout.trim(), problems: stderr.trim().split('\n').filter(Boolean) };
}
