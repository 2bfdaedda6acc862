import { Session } from '../../lib/runtime/session';
import { Classifier } from '../../lib/tasks/classifier';
import { runChild } from './child';
import { classificationBytes } from './classification-bytes';
import { describeDouble, describeMetal, metalDevice } from './metal-device';
import { classes, logits, noise, smallModel } from './small-model';

describeMetal('a session on a GPU', () => {
  test('says what it runs on', async () => {
    for (const [precision, said] of [['auto', 'float16'] as const, ['float32', 'float32'] as const]) {
      const session = await Session.create(smallModel(), { precision, framesInFlight: 2 });
      expect(session.device).toBe('metal');
      expect(session.details).toBe(`${metalDevice?.name}, ${said}, 2 frames in flight`);
      expect(session.memory.weights).toBeGreaterThan(0);
      await session.dispose();
    }
  });

  test.each([
    [1, 1],
    [3, 1],
    [1, 4],
    [2, 5],
    [16, 2],
  ])(
    '%d command buffers of up to %d frames: every frame its own answer, in the order of the calls',
    async (framesInFlight, batchSize) => {
      const frames = Array.from({ length: 23 }, (_, i) => noise(30 + i, 40 - i, i + 1));
      const alone = await Session.create(smallModel(), { device: 'metal', framesInFlight: 1 });
      const expected: unknown[] = [];
      for (const frame of frames) {
        expected.push((await alone.run(frame, logits)).outputs);
      }
      await alone.dispose();

      const session = await Session.create(smallModel(), { device: 'metal', framesInFlight, batchSize });
      expect(session.framesAtOnce).toBe(framesInFlight * batchSize);
      const order: number[] = [];
      const outputs = await Promise.all(
        frames.map(async (frame, i) => {
          const result = await session.run(frame, logits);
          order.push(i);
          return result.outputs;
        }),
      );
      expect(outputs).toEqual(expected);
      expect(order).toEqual(frames.map((_, i) => i));
      await session.dispose();
    },
  );

  test('a stream keeps its order in batches', async () => {
    const classifier = await Classifier.load(classificationBytes(), { device: 'metal', framesInFlight: 2, batchSize: 3 });
    const images = Array.from({ length: 20 }, (_, i) => {
      const { pixels, width, height } = noise(8 + i, 9, i + 1);
      return { data: pixels, width, height, channels: 3 as const };
    });
    const widths: number[] = [];
    for await (const { width, device } of classifier.stream(images)) {
      widths.push(width);
      expect(device).toBe('metal');
    }
    expect(widths).toEqual(images.map(({ width }) => width));
    await classifier.dispose();
  });

  test('aborts reject with their reason wherever the frame is, and spare the others', async () => {
    const session = await Session.create(smallModel(), { device: 'metal', framesInFlight: 2, batchSize: 2 });
    for (let round = 0; round < 10; round++) {
      const controllers = Array.from({ length: 12 }, () => new AbortController());
      const settled = Promise.allSettled(controllers.map(({ signal }, i) => session.run(noise(60, 60, i + 1), logits, signal)));
      await new Promise(setImmediate);
      for (const [i, controller] of controllers.entries()) {
        if (i % 2 === 0) {
          controller.abort(new Error(`abort ${i}`));
        }
      }
      (await settled).forEach((outcome, i) => {
        if (outcome.status === 'rejected') {
          expect(i % 2).toBe(0);
          expect(outcome.reason).toMatchObject({ message: `abort ${i}` });
        }
      });
    }
    expect((await session.run(noise(9, 9), logits)).outputs?.logits?.data).toHaveLength(classes);
    await session.dispose();
  });

  test('dispose in flight rejects with ERR_DISPOSED and ends', async () => {
    const session = await Session.create(smallModel(), { device: 'metal', framesInFlight: 3, batchSize: 2 });
    const outcomes = Array.from({ length: 20 }, (_, i) =>
      session.run(noise(100, 100, i + 1), logits).then(
        () => 'done',
        ({ code }) => code,
      ),
    );
    await session.dispose();
    const codes = new Set(await Promise.all(outcomes));
    expect(codes).toContain('ERR_DISPOSED');
    expect([...codes].filter((code) => code !== 'ERR_DISPOSED' && code !== 'done')).toEqual([]);
  });
});

describeDouble('a GPU that fails', () => {
  test('loses the frames of the command buffer, and the session recovers at the next', async () => {
    // 2: MTLCommandBufferErrorTimeout
    const { frames, stream } = (await runChild('children/lost-device.ts', { APPLE_DOUBLE_FAIL: '3:2' })) as Record<
      string,
      string[]
    >;
    expect(frames).toEqual(['done', 'done', 'ERR_DEVICE_LOST', 'done', 'done', 'ERR_DEVICE_LOST', 'done']);
    // The eighth command buffer is the stream's first.
    expect(stream).toEqual(['done', 'ERR_DEVICE_LOST', 'done', 'done', 'ERR_DEVICE_LOST', 'done', 'done']);
  });

  test('being out of memory has a code of its own', async () => {
    // 8: MTLCommandBufferErrorOutOfMemory
    const { frames } = (await runChild('children/lost-device.ts', { APPLE_DOUBLE_FAIL: '2:8' })) as Record<string, string[]>;
    expect(frames).toEqual(['done', 'ERR_OUT_OF_MEMORY', 'done', 'ERR_OUT_OF_MEMORY', 'done', 'ERR_OUT_OF_MEMORY', 'done']);
  });
});

describeDouble('a slow GPU', () => {
  const delay = 500;

  test('aborts and disposal do not wait for it', async () => {
    const { abort, dispose } = (await runChild('children/slow-device.ts', { APPLE_DOUBLE_DELAY: `${delay}` })) as Record<
      string,
      Record<string, { outcome: string; milliseconds: number }>
    >;
    expect(abort?.stopped?.outcome).toBe('enough');
    expect(abort?.stopped?.milliseconds).toBeLessThan(delay);
    expect(abort?.other?.outcome).toBe('done');
    expect(dispose?.frame?.outcome).toBe('ERR_DISPOSED');
    expect(dispose?.frame?.milliseconds).toBeLessThan(delay);
    expect(dispose?.disposal?.outcome).toBe('done');
  });
});
