import { MobileNetError } from '../../lib/errors';
import { type ModelKey, ModelPool } from '../../lib/server/models/model-pool';
import type { RunningTask } from '../../lib/server/tasks/served-task';

const key = (name: string): ModelKey => ({ task: 'classify', name, device: 'cpu' });

/** A pool whose models are loaded when the test says so. */
function pool(capacity: number) {
  const events: string[] = [];
  const loads = new Map<string, { done(): void; fail(error: Error): void; progress(bytes: number): void }>();
  const models = new ModelPool(({ name }, onProgress) => {
    events.push(`load ${name}`);
    const running = {
      task: {
        dispose: async () => {
          events.push(`dispose ${name}`);
        },
      },
    } as unknown as RunningTask;
    return new Promise((resolve, reject) => {
      loads.set(name, {
        done: () => resolve(running),
        fail: reject,
        progress: (loadedBytes) => onProgress({ loadedBytes, totalBytes: 10 }),
      });
    });
  }, capacity);
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  /** Loads a model and uses it until the returned function is called. */
  const hold = async (name: string) => {
    let leave = () => {};
    const used = models.use(key(name), () => new Promise<void>((resolve) => (leave = resolve)));
    await settle();
    loads.get(name)?.done();
    await settle();
    return async () => {
      leave();
      await used;
    };
  };
  return { models, events, loads, settle, hold };
}

test('all who wait share one loading and hear how far it is', async () => {
  const { models, events, loads, settle } = pool(2);
  const heard: string[] = [];
  const uses = ['first', 'second'].map((who) =>
    models.use(
      key('a'),
      async () => who,
      ({ loadedBytes }) => heard.push(`${who} ${loadedBytes}`),
    ),
  );
  await settle();
  loads.get('a')?.progress(5);
  loads.get('a')?.done();
  expect(await Promise.all(uses)).toEqual(['first', 'second']);
  expect(heard).toEqual(['first 5', 'second 5']);
  expect(events).toEqual(['load a']);
});

test('the one that was not used for longest makes way, and is freed first', async () => {
  const { models, events, hold } = pool(2);
  await (await hold('a'))();
  await (await hold('b'))();
  await (await hold('a'))();
  await (await hold('c'))();
  expect(events).toEqual(['load a', 'load b', 'dispose b', 'load c']);
  expect(models.keys.map(({ name }) => name)).toEqual(['a', 'c']);
});

test('none that is in use makes way', async () => {
  const { models, events, hold } = pool(1);
  const leave = await hold('a');
  await expect(models.use(key('b'), async () => {})).rejects.toMatchObject({ code: 'ERR_BUSY' });
  expect(models.keys.map(({ name }) => name)).toEqual(['a']);
  await leave();
  await (await hold('b'))();
  expect(events).toEqual(['load a', 'dispose a', 'load b']);
});

test('a model that cannot be loaded is tried again, and one whose device is gone is loaded anew', async () => {
  const { models, events, loads, settle, hold } = pool(1);
  const failing = models.use(key('a'), async () => {});
  await settle();
  loads.get('a')?.fail(new MobileNetError('ERR_OUT_OF_MEMORY', 'none left'));
  await expect(failing).rejects.toMatchObject({ code: 'ERR_OUT_OF_MEMORY' });
  await (await hold('a'))();
  const gone = new MobileNetError('ERR_NO_DEVICE', 'unplugged');
  await expect(models.use(key('a'), () => Promise.reject(gone))).rejects.toBe(gone);
  await (await hold('a'))();
  expect(events).toEqual(['load a', 'load a', 'dispose a', 'load a']);
});

test('after disposal nothing is left, and nothing is loaded', async () => {
  const { models, events, hold } = pool(2);
  await (await hold('a'))();
  await models.dispose();
  expect(events).toEqual(['load a', 'dispose a']);
  await expect(models.use(key('a'), async () => {})).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
});
