import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Context } from '../../lib/cli/context';
import { doctor } from '../../lib/cli/doctor/doctor';
import { deviceLines, machineLines, modelLines, operationLines } from '../../lib/cli/doctor/tables';
import { Output } from '../../lib/cli/output';
import type { CaseResult } from '../../lib/doctor/check-operations';
import { MobileNetError } from '../../lib/errors';
import { parseModel } from '../../lib/models/model-file';
import { scaledWeights } from '../doctor/half-subject';
import { isDouble, metalDevice } from '../runtime/metal-device';
import { colorModel } from '../tasks/color-model';
import { built, cli, lines } from './run-cli';

const folder = mkdtempSync(join(os.tmpdir(), 'mobilenet-doctor-'));
const model = join(folder, 'colors.safetensors');
const broken = join(folder, 'broken.safetensors');

beforeAll(() => {
  writeFileSync(model, colorModel());
  writeFileSync(broken, 'not a model');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the command in this process. */
async function run(flags: Parameters<typeof doctor>[0], tamper?: Parameters<typeof doctor>[2]) {
  const stream = new PassThrough();
  let [text, failed] = ['', false];
  stream.setEncoding('utf8').on('data', (piece) => {
    text += piece;
  });
  const context: Context = {
    output: new Output(stream as unknown as NodeJS.WriteStream),
    signal: new AbortController().signal,
    fail: () => {
      failed = true;
    },
  };
  await doctor(flags, context, tamper);
  return { text, failed };
}

const result = (fields: Partial<CaseResult>): CaseResult => ({
  kind: 'conv2d',
  parameters: { kernel: 3, padding: 'same' },
  precision: 'float16',
  largest: 0.001,
  mean: 0.0001,
  limit: 0.002,
  ok: true,
  ...fields,
});

test('what ends the examination before its end is said, with the results until then', async () => {
  let cases = 0;
  const gone = () => {
    if (++cases > 6) {
      throw new MobileNetError('ERR_NO_DEVICE', 'the GPU is gone');
    }
    return tinyModel;
  };
  const tinyModel = parseModel(colorModel(), 'the colors');
  const flags = { device: 'cpu', operations: true };
  const { text, failed } = await run(flags, gone);
  expect(failed).toBe(true);
  expect(text).toContain('ENDED EARLY: the GPU is gone (ERR_NO_DEVICE)');
  expect(text).toContain('The examination ended early.');
  cases = 0;
  const { ok, reports } = JSON.parse((await run({ ...flags, json: true }, gone)).text);
  expect(ok).toBe(false);
  expect(reports).toEqual([
    expect.objectContaining({ ended: { code: 'ERR_NO_DEVICE', message: 'the GPU is gone' }, models: [] }),
  ]);
  expect(reports[0].operations).toHaveLength(6);
});

describe('tables', () => {
  test('operations: a row for each kind and precision, of the case nearest to its limit; failed cases with their parameters', () => {
    const table = operationLines([
      result({}),
      result({ largest: 0.004, limit: 0.1, mean: 0.0003 }),
      result({ precision: 'float32', largest: 0, mean: 0, limit: 1e-4 }),
      result({ kind: 'add', largest: 0.5, ok: false }),
      result({
        kind: 'add',
        largest: undefined,
        mean: undefined,
        limit: undefined,
        ok: false,
        failure: { code: 'ERR_X', message: 'broke' },
      }),
      result({ kind: 'class map', ok: false, fault: 'the counts are off' }),
    ]);
    expect(table).toEqual([
      '',
      'OPERATION  PRECISION  CASES  LARGEST   LIMIT    MEAN  RESULT',
      'conv2d     float16        2   1.0e-3  2.0e-3  2.0e-4  ok',
      'conv2d     float32        1        0  1.0e-4       0  ok',
      'add        float16        2   5.0e-1  2.0e-3  1.0e-4  2 FAILED',
      'class map  float16        1   1.0e-3  2.0e-3  1.0e-4  1 FAILED',
      'FAILED add, float16, {"kernel":3,"padding":"same"}: differs by 5.0e-1, limit 2.0e-3',
      'FAILED add, float16, {"kernel":3,"padding":"same"}: broke (ERR_X)',
      'FAILED class map, float16, {"kernel":3,"padding":"same"}: the counts are off',
    ]);
    expect(operationLines([])).toEqual([]);
  });

  test('models: a row for each precision with speeds, then what failed', () => {
    const picture = { picture: 'photo', largest: 0.01, mean: 0.001, limit: 0.04, answer: 'top 5 equal', ok: true };
    const speed = [1, 2, 3].map((framesInFlight) => ({
      framesInFlight,
      picturesPerSecond: 100 * framesInFlight,
      milliseconds: 10,
    }));
    const cpuSpeed = { framesInFlight: 1, picturesPerSecond: 50, milliseconds: 20 };
    expect(
      modelLines([
        { model: 'a', precision: 'float16', pictures: [picture], ok: true, speed, cpuSpeed },
        { model: 'a', precision: 'float32', pictures: [{ ...picture, limit: 1e-4, ok: false }], ok: false, speed: [] },
        { model: 'b', precision: 'float16', pictures: [], ok: false, failure: { code: 'ERR_Y', message: 'lost' }, speed: [] },
      ]),
    ).toEqual([
      '',
      'MODEL  PRECISION  LARGEST   LIMIT    MEAN  PHOTO        RESULT    1 IN FLIGHT    2 IN FLIGHT    3 IN FLIGHT             CPU',
      'a      float16     1.0e-2  4.0e-2  1.0e-3  top 5 equal  ok      100/s 10.0 ms  200/s 10.0 ms  300/s 10.0 ms  50.0/s 20.0 ms',
      'a      float32     1.0e-2  1.0e-4  1.0e-3  top 5 equal  FAILED              -              -              -               -',
      'b      float16          -       -       -  -            FAILED              -              -              -               -',
      'FAILED a, float32, photo: differs by 1.0e-2, limit 1.0e-4; top 5 equal',
      'FAILED b, float16, lost (ERR_Y)',
    ]);
  });

  test('devices with all that is known, and the machine', () => {
    const gpu = { type: 'metal', id: 'metal:7', registryId: '7', name: 'Apple M1', unifiedMemory: true } as const;
    expect(deviceLines({ ...gpu, workingSetBytes: 5_726_623_061, lowPower: false, headless: false, removable: true })).toEqual([
      'metal:7  Apple M1',
      '  registry id  7',
      "  memory       the processor's",
      '  working set  5726.6 MB',
      '  low power    no',
      '  headless     no',
      '  removable    yes',
    ]);
    const machine = { package: '1.2.3', node: '22.0.0', platform: 'darwin', arch: 'arm64', release: '23.5.0', macos: '14.5' };
    expect(machineLines(machine).at(-1)).toBe('system           macOS 14.5 (Darwin 23.5.0) on arm64');
  });
});

describe('doctor', () => {
  const quick = { device: 'cpu', models: true, seconds: 0.01 };

  test('of the CPU on one model', async () => {
    const { text, failed } = await run({ ...quick, model: [model] });
    expect(text).toContain('cpu examined');
    expect(text).toMatch(/colors\.safetensors {2}float32 .* top 4 equal {2}ok .*\/s/);
    expect(text.trimEnd().endsWith('All 1 results are right.')).toBe(true);
    expect(failed).toBe(false);
  });

  test('of a wrong executor: FAILED, and the program fails', async () => {
    const { text, failed } = await run({ ...quick, model: [model], seconds: 0 }, scaledWeights(1.5));
    expect(text).toContain('1 of 1 results are FAILED.');
    expect(failed).toBe(true);
  });

  test('of wrong operations: each is named with its parameters', async () => {
    const { text, failed } = await run({ device: 'cpu', operations: true }, scaledWeights(1.5));
    expect(failed).toBe(true);
    expect(text).toMatch(/^conv2d +float32 +\d+ .* FAILED$/m);
    expect(text).toMatch(/^FAILED depthwiseConv2d, float32, \{"kernel":\d.*"activation":"\w+"\}: differs by/m);
    expect(text).toMatch(/^sampling .* ok$/m);
  });

  test('goes on after a model that cannot be loaded', async () => {
    const { text, failed } = await run({ ...quick, model: [broken, model] });
    expect(text).toMatch(/FAILED .*broken\.safetensors, float32, .*\(ERR_MODEL_CORRUPT\)/);
    expect(text).toContain('1 of 2 results are FAILED.');
    expect(failed).toBe(true);
  });

  test('as JSON, one document', async () => {
    const { text } = await run({ ...quick, model: [model], json: true });
    expect(JSON.parse(text)).toMatchObject({
      machine: { node: process.versions.node, platform: process.platform },
      devices: expect.arrayContaining([expect.objectContaining({ type: 'cpu' })]),
      ok: true,
      reports: [{ device: 'cpu', operations: [], models: [{ model, precision: 'float32', ok: true }] }],
    });
  });
});

(built ? describe : describe.skip)('mobilenet doctor (dist/)', () => {
  test('is wrong usage with a wrong device, precision or time', async () => {
    for (const [flags, message] of [
      [['--device', 'gpu'], "for --device but received 'gpu'"],
      [['--precision', 'auto'], "for --precision but received 'auto'"],
      [['--seconds', '-1'], 'for --seconds but received -1'],
      [['--model', 'mobilenet-v9', '--device', 'cpu'], "there is no model called 'mobilenet-v9'"],
    ] as const) {
      const { status, stderr } = await cli('doctor', ...flags);
      expect(status).toBe(2);
      expect(stderr).toContain(message);
    }
  });

  test('fails where the GPU asked for is not there', async () => {
    const { status, stderr } = await cli('doctor', '--device', 'metal:18446744073709551615');
    expect(status).toBe(1);
    expect(stderr).toContain('(ERR_NO_DEVICE)');
  });

  const hidden = isDouble ? { APPLE_DOUBLE_DEVICES: 'none' } : {};
  (metalDevice && !isDouble ? test.skip : test)('lists the devices and fails where there is no GPU', async () => {
    Object.assign(process.env, hidden);
    const { status, stdout } = await cli('doctor').finally(() => {
      delete process.env.APPLE_DOUBLE_DEVICES;
    });
    expect(status).toBe(1);
    expect(lines(stdout)).toContainEqual(expect.stringMatching(/^cpu {2}/));
    expect(lines(stdout).at(-1)).toMatch(/^There is no GPU here that Metal runs on/);
  });

  (metalDevice ? test : test.skip)('examines the GPU (skipped without one)', async () => {
    const { status, stdout } = await cli('doctor', '--models', '--model', 'mobilenet-v1-0.25-224', '--seconds', '0.05');
    expect(stdout).toMatch(/mobilenet-v1-0\.25-224 {2}float16 .* ok .*\/s/);
    expect(stdout).toMatch(/mobilenet-v1-0\.25-224 {2}float32 .* ok .*\/s/);
    expect(status).toBe(0);
  });
});
