import { MobileNetError } from '../../lib/errors';
import type { Model } from '../../lib/models/model-file';
import { loadAddon } from '../../lib/runtime/load-addon';
import type { NativeFrame, NativeRequest } from '../../lib/runtime/native';
import { Session } from '../../lib/runtime/session';
import { deviceIds } from './metal-device';
import { classes, classification, logits, noise, side, smallModel } from './small-model';

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    expect(error).toBeInstanceOf(MobileNetError);
    return (error as MobileNetError).code;
  }
  throw new Error('expected a rejection');
}

describe.each(deviceIds)('Session on %s', (device) => {
  test('classifies: softmax over all classes, best first, left-out classes missing', async () => {
    const session = await Session.create(smallModel(), { device });
    const raw = (await session.run(noise(64, 48), logits)).outputs?.logits?.data ?? new Float32Array();
    const total = raw.reduce((sum, value) => sum + Math.exp(value), 0);
    const best = [...raw.keys()].sort((a, b) => (raw[b] ?? 0) - (raw[a] ?? 0));
    const all = await session.run(noise(64, 48), { ...classification, topK: classes });
    expect([...(all.indices ?? [])]).toEqual(best);
    expect(all.scores?.[0]).toBeCloseTo(Math.exp(raw[best[0] ?? 0] ?? 0) / total, 5);
    const allowed = new Uint8Array(classes).fill(1);
    allowed[best[0] ?? 0] = 0;
    const rest = await session.run(noise(64, 48), { ...classification, allowed });
    expect([...(rest.indices ?? [])]).toEqual(best.slice(1, 4));
    expect(rest.scores?.[0]).toBeCloseTo(all.scores?.[1] ?? 0, 6);
    const none = await session.run(noise(64, 48), { ...classification, scoreThreshold: 1 });
    expect(none.indices).toHaveLength(0);
    await session.dispose();
  });

  test('looks at the region only, and turns it clockwise', async () => {
    const session = await Session.create(smallModel(), { device });
    const whole = noise(40, 30);
    const region = { x: 5, y: 7, width: 20, height: 11 };
    const cut = new Uint8Array(region.width * region.height * 3);
    const turned = new Uint8Array(cut.length);
    for (let y = 0; y < region.height; y++) {
      for (let x = 0; x < region.width; x++) {
        const from = ((y + region.y) * whole.width + x + region.x) * 3;
        const pixel = whole.pixels.subarray(from, from + 3);
        cut.set(pixel, (y * region.width + x) * 3);
        turned.set(pixel, (x * region.height + (region.height - 1 - y)) * 3);
      }
    }
    const frame = (pixels: Uint8Array, width: number, height: number): NativeFrame => ({
      pixels,
      width,
      height,
      region: { x: 0, y: 0, width, height },
      rotation: 0,
    });
    const run = async (input: NativeFrame) => (await session.run(input, logits)).outputs?.logits?.data;
    expect(await run({ ...whole, region })).toEqual(await run(frame(cut, region.width, region.height)));
    expect(await run({ ...whole, region, rotation: 90 })).toEqual(await run(frame(turned, region.height, region.width)));
    await session.dispose();
  });

  test('keeps the order of the calls and tells each part of the time', async () => {
    const session = await Session.create(smallModel(), { device, framesInFlight: 2 });
    const order: number[] = [];
    const results = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const result = await session.run(noise(100, 100, i + 1), logits);
        order.push(i);
        return result;
      }),
    );
    expect(order).toEqual([...order].sort((a, b) => a - b));
    for (const { timing } of results) {
      expect(Object.keys(timing).sort()).toEqual(['network', 'postprocess', 'preprocess', 'queue']);
      expect(Math.min(...Object.values(timing))).toBeGreaterThanOrEqual(0);
    }
    await session.dispose();
  });

  test('refuses frames and requests that do not fit, and goes on', async () => {
    const session = await Session.create(smallModel(), { device });
    const good = noise(20, 10);
    const bad: [NativeFrame, NativeRequest][] = [
      [{ ...good, pixels: good.pixels.subarray(1) }, logits],
      [{ ...good, width: 21 }, logits],
      [{ ...good, width: 0 }, logits],
      [{ ...good, height: 1e12 }, logits],
      [{ ...good, region: { x: 15, y: 0, width: 6, height: 5 } }, logits],
      [{ ...good, region: { x: -1, y: 0, width: 6, height: 5 } }, logits],
      [{ ...good, region: { x: 0.5, y: 0, width: 6, height: 5 } }, logits],
      [{ ...good, rotation: 45 as 90 }, logits],
      [{ ...good, pixels: 'pixels' as unknown as Uint8Array }, logits],
      [good, { type: 'outputs', outputs: ['probabilities'] }],
      [good, { ...classification, topK: 0 }],
      [good, { ...classification, allowed: new Uint8Array(3) }],
      [good, { ...classification, scoreThreshold: Number.NaN }],
    ];
    for (const [frame, request] of bad) {
      expect(await codeOf(session.run(frame, request))).toBe('ERR_INVALID_OPTION');
    }
    expect((await session.run(good, logits)).outputs?.logits?.data).toHaveLength(classes);
    await session.dispose();
  });

  test('refuses models whose tensors do not fit the graph', async () => {
    const changes: ((model: Model) => void)[] = [
      (model) => {
        Object.assign(model.tensors['logits/weights'] ?? {}, { shape: [1, 1, 23, classes], byteLength: 23 * classes * 4 });
      },
      (model) => {
        delete model.tensors['convolution/biases'];
      },
      (model) => {
        Object.assign(model.tensors['logits/biases'] ?? {}, { byteOffset: 1e9 });
      },
      (model) => {
        Object.assign(model.tensors['logits/biases'] ?? {}, { byteLength: 4 });
      },
      (model) => {
        model.description.preprocessing.width = side + 1;
      },
      (model) => {
        Object.assign(model.description.graph.operations[1] ?? {}, { input: 'nowhere' });
      },
    ];
    for (const change of changes) {
      expect(await codeOf(Session.create(smallModel(change), { device }))).toBe('ERR_MODEL_CORRUPT');
    }
    const unknown = smallModel((model) => Object.assign(model.description.graph.operations[1] ?? {}, { type: 'maxPool' }));
    expect(await codeOf(Session.create(unknown, { device }))).toBe('ERR_UNSUPPORTED_OPERATION');
  });

  test('gives its memory back', async () => {
    const use = async (times: number) => {
      for (let i = 0; i < times; i++) {
        const session = await Session.create(smallModel(), { device, threads: 3 });
        await session.run(noise(300, 300), logits);
        await session.dispose();
      }
      return process.memoryUsage().rss;
    };
    const before = await use(20);
    const after = await use(60);
    expect(after - before).toBeLessThan(32 * 2 ** 20);
  });
});

describe('Session', () => {
  test('gives outputs by name, equal to the reference executor on every instruction set', async () => {
    const request: NativeRequest = { type: 'outputs', outputs: ['features', 'logits'] };
    const reference = await Session.create(smallModel(), { executor: 'reference' });
    const expected = (await reference.run(noise(50, 40), request)).outputs;
    expect(Object.keys(expected ?? {})).toEqual(['features', 'logits']);
    expect(expected?.features?.shape).toEqual({ height: 17, width: 17, channels: 24 });
    for (const instructionSet of loadAddon().cpu.instructionSets) {
      const session = await Session.create(smallModel(), { device: 'cpu', instructionSet: instructionSet as 'auto', threads: 2 });
      expect(session.details).toBe(`${instructionSet}, 2 threads`);
      const actual = (await session.run(noise(50, 40), request)).outputs;
      for (const name of ['features', 'logits']) {
        const want = expected?.[name]?.data ?? [];
        const got = actual?.[name]?.data ?? new Float32Array();
        expect(got.length).toBe(want.length);
        want.forEach((value, i) => {
          expect(got[i]).toBeCloseTo(value, 4);
        });
      }
      await session.dispose();
    }
    await reference.dispose();
  });

  test('aborts before, while waiting and while running, and spares the others', async () => {
    const session = await Session.create(smallModel(), { executor: 'reference', framesInFlight: 2 });
    await expect(session.run(noise(9, 9), logits, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    const controllers = Array.from({ length: 8 }, () => new AbortController());
    const runs = controllers.map(({ signal }, i) => session.run(noise(30, 30, i + 1), logits, signal));
    const settled = Promise.allSettled(runs);
    for (const i of [0, 1, 3, 7]) {
      controllers[i]?.abort(new Error(`abort ${i}`));
    }
    const outcomes = await settled;
    for (const i of [2, 4, 5, 6]) {
      expect(outcomes[i]?.status).toBe('fulfilled');
    }
    for (const i of [0, 1, 3, 7]) {
      expect(outcomes[i]).toMatchObject({ status: 'rejected', reason: { message: `abort ${i}` } });
    }
    await session.dispose();
  });

  test('aborts frames the device already has', async () => {
    const session = await Session.create(smallModel(), { executor: 'reference', framesInFlight: 4 });
    let aborted = 0;
    for (let round = 0; round < 20; round++) {
      const controllers = Array.from({ length: 4 }, () => new AbortController());
      const runs = controllers.map(({ signal }, i) => session.run(noise(300, 300, i + 1), logits, signal));
      const settled = Promise.allSettled(runs);
      await new Promise(setImmediate);
      controllers.forEach((controller, i) => {
        controller.abort(new Error(`abort ${i}`));
      });
      (await settled).forEach((outcome, i) => {
        if (outcome.status === 'rejected') {
          expect(outcome.reason).toMatchObject({ message: `abort ${i}` });
          aborted++;
        }
      });
    }
    expect(aborted).toBeGreaterThan(0);
    expect((await session.run(noise(9, 9), logits)).outputs?.logits?.data).toHaveLength(classes);
    await session.dispose();
  });

  test('dispose rejects what waits, is idempotent, and ends the session', async () => {
    const session = await Session.create(smallModel(), { executor: 'reference' });
    const codes = Promise.all(
      Array.from({ length: 10 }, () =>
        session.run(noise(200, 200), logits).then(
          () => 'done',
          ({ code }) => code,
        ),
      ),
    );
    const first = session.dispose();
    const second = session.dispose();
    await Promise.all([first, second]);
    expect(session.disposed).toBe(true);
    expect(new Set(await codes)).toContain('ERR_DISPOSED');
    expect(await codeOf(session.run(noise(9, 9), logits))).toBe('ERR_DISPOSED');
  });

  test('checks its options at the door', async () => {
    await expect(Session.create(smallModel(), { threads: 0 })).rejects.toThrow(
      'expected a whole number from 1 to 256 for threads but received 0',
    );
    await expect(Session.create(smallModel(), { device: 'gpu' as 'cpu' })).rejects.toThrow("for device but received 'gpu'");
    await expect(Session.create(smallModel(), { framesInFlight: 17 })).rejects.toThrow('framesInFlight');
  });
});
