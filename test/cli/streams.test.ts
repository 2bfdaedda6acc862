import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { quarters } from '../images/fixtures';
import { colorModel } from '../tasks/color-model';
import { built, jsonLines, main, type Run } from './run-cli';

const folder = mkdtempSync(join(os.tmpdir(), 'mobilenet-streams-'));
const model = join(folder, 'colors.safetensors');
const picture = join(folder, 'quarters.png');
/** Every write to it fails, as on a disk that is full. */
const full = '/dev/full';

beforeAll(async () => {
  writeFileSync(model, colorModel());
  await quarters(64, 32).png().toFile(picture);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The command line with one of its outputs on a full disk, or with nobody at the other end of standard error. */
async function run(args: string[], broken: { stdout?: 'full'; stderr?: 'full' | 'closed' }): Promise<Run> {
  const disk = existsSync(full) ? openSync(full, 'w') : -1;
  const to = (state?: 'full' | 'closed') => (state === 'full' ? disk : 'pipe');
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', to(broken.stdout), to(broken.stderr)] });
  const result: Run = { status: null, stdout: '', stderr: '' };
  child.stdout?.on('data', (text) => {
    result.stdout += text;
  });
  if (broken.stderr === 'closed') {
    child.stderr?.destroy();
  }
  child.stderr?.on('data', (text) => {
    result.stderr += text;
  });
  const [status] = await once(child, 'close');
  closeSync(disk);
  return { ...result, status };
}

(built && existsSync(full) ? describe : describe.skip)('outputs that cannot be written (dist/)', () => {
  const images = Array(50).fill(picture);

  test.each<[string, string[]]>([
    ['results', ['classify', '--json', '--model', model, ...images]],
    ['the last line', ['classify', '--json', '--model', model, picture]],
    ['a list', ['models', 'list']],
    ['help', ['classify', '--help']],
  ])('%s on a full disk: one line says so, and the status is 1', async (_, args) => {
    const { status, stderr } = await run(args, { stdout: 'full' });
    expect(stderr).toBe('mobilenet: cannot write to standard output: no space left on device (ERR_WRITE)\n');
    expect(status).toBe(1);
  });

  test.each(['full', 'closed'] as const)('messages that nobody gets do not stop the work: stderr is %s', async (state) => {
    const { status, stdout } = await run(['classify', '--model', model, 'none.png', ...images], { stderr: state });
    expect(stdout.match(/64 x 32/g)).toHaveLength(images.length);
    expect(status).toBe(1);
  });

  test('nor those of a job', async () => {
    const out = join(folder, 'rows.jsonl');
    const { status } = await run(['batch', '--model', model, '--out', out, picture], { stderr: 'closed' });
    expect(status).toBe(0);
    expect(jsonLines(readFileSync(out, 'utf8'))).toHaveLength(1);
  });
});
