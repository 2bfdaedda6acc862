import { MobileNetError } from '../../lib/errors';
import { checkDevice, chooseDevice, devices } from '../../lib/runtime/devices';
import { planExecution } from '../../lib/runtime/execution';
import { checkSessionOptions, type SessionOptions } from '../../lib/runtime/session-options';
import { runChild } from './child';
import { describeDouble, describeMetal, metalDevice } from './metal-device';

function thrownBy(work: () => unknown): MobileNetError {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(MobileNetError);
    return error as MobileNetError;
  }
  throw new Error('expected a throw');
}

const plan = (options: SessionOptions) => planExecution(checkSessionOptions(options));

describe('devices', () => {
  test('ends with the processor and what it can run', () => {
    const cpu = devices().at(-1);
    expect(cpu).toMatchObject({ type: 'cpu', id: 'cpu', name: expect.stringMatching(/./), logicalCores: expect.any(Number) });
    expect(cpu?.type === 'cpu' && cpu.instructionSets.at(-1)).toBe('portable');
  });

  test('lists GPUs before it, each with an id that means it', () => {
    const gpus = devices().slice(0, -1);
    for (const gpu of gpus) {
      expect(gpu).toEqual({
        type: 'metal',
        id: expect.stringMatching(/^metal:\d+$/),
        name: expect.stringMatching(/./),
        registryId: gpu.id.slice('metal:'.length),
        unifiedMemory: expect.any(Boolean),
        workingSetBytes: expect.any(Number),
        lowPower: expect.any(Boolean),
        headless: expect.any(Boolean),
        removable: expect.any(Boolean),
      });
      expect(chooseDevice(gpu.id)).toEqual(gpu);
    }
    expect(chooseDevice('auto')).toEqual(devices()[0]);
  });
});

describe('the device option', () => {
  test.each(['auto', 'cpu', 'metal', 'metal:1', 'metal:18446744073709551615'])('%s has the right form', (device) => {
    expect(checkDevice(device)).toBe(device);
  });

  test.each([
    ['gpu', "received 'gpu': did you mean 'cpu'?"],
    ['Metal', "received 'Metal': did you mean 'metal'?"],
    ['metal:', "received 'metal:'"],
    ['metal:M1', "received 'metal:M1'"],
    ['metal:-1', "received 'metal:-1'"],
    ['metal:1.5', "received 'metal:1.5'"],
    ['metal:123456789012345678901', 'received'],
    ['vulkan', "received 'vulkan'"],
    [7, 'received 7'],
    [null, 'received null'],
  ])('%p is refused', (device, message) => {
    const error = thrownBy(() => checkDevice(device));
    expect(error.code).toBe('ERR_INVALID_OPTION');
    expect(error.message).toContain(
      "expected one of 'auto', 'cpu', 'metal', or 'metal:' and a GPU's registry id, for device but ",
    );
    expect(error.message).toContain(message);
  });

  test('a GPU that is not there is ERR_NO_DEVICE, which says what there is', () => {
    const error = thrownBy(() => chooseDevice('metal:18446744073709551615'));
    expect(error.code).toBe('ERR_NO_DEVICE');
    expect(error.message).toContain('there is no GPU of registry id 18446744073709551615 here');
    for (const { id, name } of devices()) {
      expect(error.message).toContain(`'${id}' (${name})`);
    }
    expect(error.message.includes('Metal needs macOS 12')).toBe(metalDevice === undefined);
  });

  (metalDevice ? test.skip : test)('without a GPU, metal is ERR_NO_DEVICE, which says what Metal needs', () => {
    const error = thrownBy(() => chooseDevice('metal'));
    expect(error.code).toBe('ERR_NO_DEVICE');
    expect(error.message).toMatch(/no GPU that Metal runs on here: .*; Metal needs macOS 12 or later on arm64 or x64/);
  });
});

describe('what options come to', () => {
  test('on the CPU: float32 whatever precision says, one frame at a time whatever batchSize says', () => {
    const { device, options, framesAtOnce, details } = plan({ device: 'cpu', precision: 'float16', batchSize: 8, threads: 2 });
    expect({ device, framesAtOnce, details }).toEqual({ device: 'cpu', framesAtOnce: 3, details: '2 threads' });
    expect(plan({ device: 'cpu', threads: 8 }).framesAtOnce).toBe(9);
    expect(plan({ device: 'cpu', threads: 8, framesInFlight: 2 }).framesAtOnce).toBe(2);
    expect(options).toEqual({ executor: 'cpu', threads: 2, instructionSet: 'auto', fuse: true });
  });

  test('the reference executor is on the CPU', () => {
    expect(planExecution(checkSessionOptions({ executor: 'reference' }))).toMatchObject({
      device: 'cpu',
      options: { executor: 'reference' },
    });
  });

  test.each([
    ['batchSize', 0],
    ['batchSize', 65],
    ['batchSize', 1.5],
    ['framesInFlight', 17],
  ])('%s: %p is refused', (name, value) => {
    expect(thrownBy(() => checkSessionOptions({ [name]: value })).message).toContain(`for ${name} but received ${value}`);
  });

  describeMetal('on a GPU', () => {
    const id = metalDevice?.id ?? 'metal';

    test('auto: the preferred GPU, in float16, three frames in flight', () => {
      expect(plan({})).toEqual({
        device: 'metal',
        options: expect.objectContaining({
          executor: 'metal',
          metal: { precision: 'float16', framesInFlight: 3, batchSize: 1 },
        }),
        framesAtOnce: 3,
        details: '3 frames in flight',
      });
    });

    test('one GPU, by its id', () => {
      const { options, framesAtOnce, details } = plan({ device: id, precision: 'float32', framesInFlight: 2, batchSize: 8 });
      expect(options.metal).toEqual({
        registryId: metalDevice?.registryId,
        precision: 'float32',
        framesInFlight: 2,
        batchSize: 8,
      });
      expect({ framesAtOnce, details }).toEqual({ framesAtOnce: 16, details: '16 frames in flight, 8 to a command buffer' });
    });
  });
});

describeDouble('devices of other machines', () => {
  const list = async (APPLE_DOUBLE_DEVICES: string) => {
    const found = (await runChild('children/list-devices.ts', { APPLE_DOUBLE_DEVICES })) as { id: string }[];
    return found.map(({ id }) => id);
  };

  test('without a GPU there is the CPU', async () => {
    expect(await list('none')).toEqual(['cpu']);
  });

  test('the preferred GPU of two comes first', async () => {
    const both = await list('unified,discrete');
    expect(both).toHaveLength(3);
    expect(new Set(both)).toEqual(new Set(['metal:1', 'metal:2', 'cpu']));
    expect(both.at(-1)).toBe('cpu');
  });
});
