import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { colorModel } from '../tasks/color-model';
import { built, cli, jsonLines } from './run-cli';

const folder = mkdtempSync(join(os.tmpdir(), 'mobilenet-cli-'));
const model = join(folder, 'colors.safetensors');
const bundled = existsSync(join(__dirname, '../../models/registry.json'));
const { version } = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8'));
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

beforeAll(() => writeFileSync(model, colorModel()));
afterAll(() => rmSync(folder, { recursive: true }));

(built ? describe : describe.skip)('mobilenet models (dist/)', () => {
  test('info on a file, for people', async () => {
    const { status, stdout } = await cli('models', 'info', model);
    expect(status).toBe(0);
    const facts = Object.fromEntries(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/ {2,}/, 2)),
    );
    expect(facts).toMatchObject({
      name: 'colors',
      task: 'classify',
      input: '2 x 2 pixels, RGB',
      preprocessing:
        "the whole picture, stretched to 2 x 2, bilinear (TensorFlow's legacy coordinates), pixels from 0..255 to 0..1",
      parameters: '52',
      'multiply-accumulates': '48',
      labels: '3',
      licence: 'CC0-1.0',
      source: 'made by a test',
      sha256: sha256(colorModel()),
    });
    expect(facts.outputs).toMatch(/^logits \[/);
  });

  test('info as JSON', async () => {
    const { stdout } = await cli('models', 'info', model, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ name: 'colors', parameters: 52, macs: 48, head: 'classification', path: model });
  });

  test('info --layers lists what embed --layer takes', async () => {
    const [{ name, type, shape }] = JSON.parse((await cli('models', 'info', model, '--json', '--layers')).stdout).layers;
    expect({ name, type, shape }).toEqual({ name: 'logits', type: 'conv2d', shape: { height: 1, width: 1, channels: 4 } });
    const plain = (await cli('models', 'info', model)).stdout;
    const { stdout } = await cli('models', 'info', model, '--layers');
    expect(stdout).toBe(`${plain}\nLAYER   OPERATION  OUTPUT\nlogits  conv2d     1x1x4\n`);
  });

  test('unknown models are wrong usage', async () => {
    for (const command of ['info', 'path']) {
      expect(await cli('models', command, 'mobilenet-v9')).toMatchObject({
        status: 2,
        stdout: '',
        stderr: expect.stringMatching(/mobilenet-v9/),
      });
    }
  });

  (bundled ? test : test.skip)('list, path and info agree about the bundled models', async () => {
    const list = jsonLines((await cli('models', 'list', '--json')).stdout);
    const table = (await cli('models', 'list')).stdout.trimEnd().split('\n');
    expect(table).toHaveLength(list.length + 1);
    const here = list.filter(({ location }) => location === 'bundled');
    expect(list.slice(0, here.length)).toEqual(here);
    for (const entry of here) {
      const path = (await cli('models', 'path', entry.name)).stdout.trimEnd();
      expect(sha256(readFileSync(path))).toBe(entry.sha256);
      const info = JSON.parse((await cli('models', 'info', entry.name, '--json')).stdout);
      const { name, task, license, source, parameters, macs, bytes } = entry;
      expect(info).toMatchObject({ name, task, license, source, parameters, macs, bytes, path, sha256: entry.sha256 });
    }
  });
});

(built ? describe : describe.skip)('mobilenet (dist/)', () => {
  test('--version, --help, nothing', async () => {
    expect(await cli('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
    expect(await cli('--help')).toMatchObject({ status: 0, stdout: expect.stringMatching(/classify[\s\S]*models/) });
    expect(await cli('classify', '--help')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/--threshold[\s\S]*Examples:/),
    });
    expect(await cli()).toMatchObject({ status: 2, stdout: '' });
    expect(await cli('clasify')).toMatchObject({ status: 2, stderr: expect.stringMatching(/Did you mean classify/) });
  });

  test('--help names the defaults of the machine as they are: a job has a thread for each picture', async () => {
    const help = async (command: string) => (await cli(command, '--help')).stdout.replaceAll(/\s+/g, ' ');
    for (const command of ['classify', 'detect', 'segment', 'embed', 'serve']) {
      expect(await help(command)).toContain('at a time (default: 3; on the CPU one more than threads, if more)');
      expect(await help(command)).toContain('CPU threads (default: those of the machine, at most 8)');
    }
    for (const command of ['batch', 'submit', 'work']) {
      expect(await help(command)).toContain('at a time (default: 3)');
      expect(await help(command)).toContain('CPU threads (default: as many as processors, one for each picture)');
    }
  });
});
