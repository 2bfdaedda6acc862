import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Output, printableJson, printableMessage, say } from '../../lib/cli/output';
import { folderOfEachTest } from '../jobs/temporary-folder';
import { colorModel } from '../tasks/color-model';
import { startCommand } from './jobs/start-command';
import { built, jsonLines, type Run } from './run-cli';

const photos = join(__dirname, '../../photos');
const folder = folderOfEachTest();
const at = (...names: string[]) => join(folder(), ...names);

/** It sets the terminal's title, clears the screen, turns it red in two ways and forges a line. */
const evil = 'a\x1b]0;owned\x07\x1b[2J\x1b[31m\u009b31m\u2028\nmobilenet: all is well';
const shown = 'a\ufffd]0;owned\ufffd\ufffd[2J\ufffd[31m\ufffd31m\ufffd\ufffdmobilenet: all is well';

/** Runs the command line in the folder of the test; whatever is said, the terminal is safe. */
async function mobilenet(...args: string[]): Promise<Run> {
  const { child, ended } = startCommand(folder(), args);
  child.stdin.end();
  const run = await ended;
  for (const text of [run.stdout, run.stderr]) {
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
    expect(text).not.toMatch(/^mobilenet: all is well/m);
  }
  return run;
}

describe('text for people', () => {
  test('messages keep the line breaks that are their own', () => {
    const message = `is another one:\n  out was '${evil}'\n    at main (main.js)\nPossible solutions:\n- Build it`;
    expect(printableMessage(message)).toBe(
      `is another one:\n  out was '${shown}'\n    at main (main.js)\nPossible solutions:\n- Build it`,
    );
    const stream = new PassThrough();
    say(evil, stream as unknown as NodeJS.WriteStream);
    expect(String(stream.read())).toBe(`mobilenet: ${shown}\n`);
  });

  test('JSON says the same with nothing that steers a terminal', () => {
    const value = { image: `${evil}\x7f`, list: [1] };
    expect(printableJson(value)).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
    expect(JSON.parse(printableJson(value))).toEqual(value);
    expect(printableJson({ a: ['\u0085'] }, 2)).toBe('{\n  "a": [\n    "\\u0085"\n  ]\n}');
  });

  test('a path is as it is for programs, and not for people', async () => {
    for (const [isTTY, expected] of [
      [false, evil],
      [true, shown],
    ] as const) {
      const stream = Object.assign(new PassThrough(), { isTTY });
      await new Output(stream as unknown as NodeJS.WriteStream).path(evil);
      expect(String(stream.read())).toBe(`${expected}\n`);
    }
  });
});

// Windows has no such names.
(built && process.platform !== 'win32' ? describe : describe.skip)('names that would steer the terminal', () => {
  const picture = `${evil}.jpg`;
  const broken = `broken ${evil}.jpg`;
  const missing = `missing ${evil}.jpg`;
  const model = `${evil}.safetensors`;

  beforeEach(() => {
    copyFileSync(join(photos, 'rocket.jpg'), at(picture));
    writeFileSync(at(broken), 'no picture');
    writeFileSync(at(model), colorModel());
  });

  test.each(['classify', 'detect', 'segment', 'embed'])('%s', async (command) => {
    const files = { detect: ['--draw', evil], segment: ['--mask', evil, '--draw', evil] }[command] ?? [];
    const { status, stdout, stderr } = await mobilenet(command, picture, picture, broken, missing, ...files);
    expect(status).toBe(1);
    expect(stdout).toContain(`${shown}.jpg  `);
    expect(stderr).toContain(`broken ${shown}.jpg`);
    expect(stderr).toContain(`missing ${shown}.jpg`);
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
    const json = await mobilenet(command, picture, missing, '--json', ...files);
    expect(jsonLines(json.stdout)).toMatchObject([{ image: picture }, { image: missing, error: {} }]);
  });

  test('options and arguments', async () => {
    for (const args of [
      ['classify', picture, `--${evil}`],
      ['classify', picture, '--top', evil],
      ['classify', picture, '--model', evil],
      ['classify', picture, '--allow', evil],
      [evil],
    ]) {
      const { status, stderr } = await mobilenet(...args);
      expect(status).toBe(2);
      expect(stderr).toContain('\ufffd[2J');
    }
  });

  test('batch', async () => {
    mkdirSync(at(evil));
    copyFileSync(at(picture), at(evil, picture));
    copyFileSync(at(broken), at(evil, broken));
    const out = `${evil}.jsonl`;
    const done = await mobilenet('batch', evil, '--out', out);
    expect(done).toMatchObject({ status: 1, stdout: '' });
    expect(done.stderr).toContain(`mobilenet: the rows are in ${shown}.jsonl\n`);
    expect(jsonLines(readFileSync(at(out), 'utf8'))).toMatchObject([
      { image: join(evil, picture) },
      { image: join(evil, broken) },
    ]);
    expect((await mobilenet('batch', evil, '--out', out, '--resume')).stderr).toContain(
      `mobilenet: ${shown}.jsonl is complete already`,
    );
    expect((await mobilenet('batch', evil, '--out', out)).stderr).toContain(shown);
    expect((await mobilenet('batch', missing, '--out', `other ${out}`)).stderr).toContain(`missing ${shown}`);
    // What differs is told on lines of their own.
    const begun = await mobilenet('batch', evil, '--out', `begun ${out}`, '--max-errors', '0');
    expect(begun.stderr).toContain('(ERR_TOO_MANY_ERRORS)');
    const differs = await mobilenet('batch', evil, '--out', `begun ${out}`, '--resume', '--model', model);
    expect(differs.status).toBe(2);
    expect(differs.stderr).toContain(`\n  model was`);
    expect(differs.stderr).toContain(`${shown}.safetensors`);
  });

  test('models, convert, doctor and serve', async () => {
    expect((await mobilenet('models', 'info', model)).stdout).toContain(`${shown}.safetensors`);
    expect(JSON.parse((await mobilenet('models', 'info', model, '--json')).stdout).path).toContain(model);
    for (const args of [
      ['models', 'info', evil],
      ['models', 'pull', evil],
      ['models', 'pull', evil, evil],
      ['models', 'remove', evil],
      ['convert', picture, `new ${model}`],
      ['convert', picture, evil],
      ['convert', missing, `new ${model}`],
      ['convert', picture, `new ${model}`, '--labels', missing],
      ['doctor', '--device', 'cpu', '--models', '--model', evil],
      ['serve', '--model', missing],
      ['serve', '--host', evil],
    ]) {
      const { status, stderr } = await mobilenet(...args);
      expect([args[0], status === 1 || status === 2]).toEqual([args[0], true]);
      expect(stderr).toContain('\ufffd[2J');
    }
    writeFileSync(at(`broken ${model}`), 'no model');
    const examined = await mobilenet('doctor', '--device', 'cpu', '--models', '--model', `broken ${model}`, '--seconds', '0');
    expect(examined.stdout).toContain(`FAILED broken ${shown}.safetensors`);
  });
});
