import { setImmediate as turn } from 'node:timers/promises';
import { Gate } from '../../../lib/jobs/queue/gate';

test('many together, or one alone, in the order they came', async () => {
  const gate = new Gate();
  const inside: string[] = [];
  const enter = async (name: string, alone: boolean) => {
    const leave = await gate.enter(alone);
    inside.push(name);
    return () => {
      inside.splice(inside.indexOf(name), 1);
      leave();
    };
  };
  const a = await enter('a', false);
  const b = await enter('b', false);
  const c = enter('c', true);
  const d = enter('d', true);
  const e = enter('e', false);
  await turn();
  expect(inside).toEqual(['a', 'b']);
  a();
  await turn();
  expect(inside).toEqual(['b']);
  b();
  (await c)();
  await turn();
  expect(inside).toEqual(['d']);
  (await d)();
  (await e)();
  expect(inside).toEqual([]);
});
