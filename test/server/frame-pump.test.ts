import { type FrameOutcome, FramePump } from '../../lib/server/camera/frame-pump';

interface Running {
  frame: string;
  finish(): void;
  fail(error: Error): void;
}

/** A pump whose work is done when the test says so. */
function pump(ready = () => true) {
  const running: Running[] = [];
  const told: FrameOutcome<string>[] = [];
  const frames = new FramePump<string, string>({
    atOnce: 2,
    work: (frame) =>
      new Promise((resolve, reject) => {
        running.push({ frame, finish: () => resolve(`${frame}!`), fail: reject });
      }),
    tell: (outcome) => told.push(outcome),
    ready,
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { frames, running, told, settle };
}

test('two at a time, the newest waits, the others are dropped and counted', async () => {
  const { frames, running, told, settle } = pump();
  for (const frame of ['a', 'b', 'c', 'd', 'e']) {
    frames.push(frame);
  }
  expect(running.map(({ frame }) => frame)).toEqual(['a', 'b']);
  running[0]?.finish();
  await settle();
  expect(running.map(({ frame }) => frame)).toEqual(['a', 'b', 'e']);
  expect(told).toEqual([{ frame: 0, dropped: 2, result: 'a!' }]);
  running[1]?.finish();
  running[2]?.finish();
  await settle();
  expect(told.slice(1)).toEqual([
    { frame: 1, dropped: 0, result: 'b!' },
    { frame: 4, dropped: 0, result: 'e!' },
  ]);
});

test('outcomes come in the order of the frames, failures too', async () => {
  const { frames, running, told, settle } = pump();
  frames.push('a');
  frames.push('b');
  running[1]?.finish();
  await settle();
  expect(told).toEqual([]);
  const error = new Error('broken');
  running[0]?.fail(error);
  await settle();
  expect(told).toEqual([
    { frame: 0, dropped: 0, error },
    { frame: 1, dropped: 0, result: 'b!' },
  ]);
});

test('nothing is begun while nobody can be told, and nothing is told after the end', async () => {
  let ready = false;
  const { frames, running, told, settle } = pump(() => ready);
  frames.push('a');
  expect([running.length, frames.dropped]).toEqual([0, 1]);
  ready = true;
  frames.push('b');
  frames.push('c');
  frames.push('d');
  running[0]?.finish();
  frames.end();
  frames.push('e');
  await settle();
  expect([running.length, told.length]).toEqual([2, 0]);
});
