import { maxOpenTasks } from '../../../examples/electron/src/limits';
import type { MobileNet } from '../../../examples/electron/src/utility/mobilenet';
import { ModelShelf } from '../../../examples/electron/src/utility/model-shelf';
import type { OpenTask } from '../../../examples/electron/src/utility/open-task';
import { TaskSessions } from '../../../examples/electron/src/utility/task-sessions';
import * as mobilenet from '../../../lib';
import { type RawImage, Segmenter } from '../../../lib';

const classify = { task: 'classify', model: 'mobilenet-v1-0.25-224', device: 'cpu' } as const;
const detect = { task: 'detect', model: 'ssdlite-mobilenet-v2-coco', device: 'cpu' } as const;
const segment = { task: 'segment', model: 'deeplab-v3-mobilenet-v2-pascal', device: 'cpu' } as const;
const picture: RawImage = { data: new Uint8Array(3 * 64), width: 8, height: 8, channels: 3 };

const sessions = () => new TaskSessions(mobilenet as unknown as MobileNet, new ModelShelf(mobilenet as unknown as MobileNet));
const loading = (signal = new AbortController().signal) => ({ signal });
const take = async (task: OpenTask) => task;
const isDisposed = (task: OpenTask) =>
  task.run(picture, {}).then(
    () => false,
    ({ code }) => code === 'ERR_DISPOSED',
  );

test('one task for all calls of one choice', async () => {
  const cache = sessions();
  const [one, same, other] = await Promise.all([
    cache.use(classify, loading(), take),
    cache.use({ ...classify }, loading(), take),
    cache.use({ ...classify, device: 'auto' }, loading(), take),
  ]);
  expect(same).toBe(one);
  expect(other).not.toBe(one);
  expect(await cache.use(classify, loading(), take)).toBe(one);
  expect(cache.size).toBe(2);
});

test(`those last used are kept, ${maxOpenTasks} of them; the others are disposed of`, async () => {
  const cache = sessions();
  const first = await cache.use(classify, loading(), take);
  const second = await cache.use(detect, loading(), take);
  await cache.use(segment, loading(), take);
  expect(await cache.use(classify, loading(), take)).toBe(first);
  await cache.use({ ...classify, device: 'auto' }, loading(), take);
  expect(cache.size).toBe(maxOpenTasks);
  expect(await isDisposed(second)).toBe(true);
  expect(await isDisposed(first)).toBe(false);
});

test('what is in use outlives its place', async () => {
  const cache = sessions();
  let leave: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    leave = resolve;
  });
  let task: OpenTask | undefined;
  const using = cache.use(classify, loading(), async (given) => {
    task = given;
    await held;
    return given.run(picture, {});
  });
  await cache.use(detect, loading(), take);
  await cache.use(segment, loading(), take);
  await cache.use({ ...classify, device: 'auto' }, loading(), take);
  leave();
  expect(await using).toMatchObject({ categories: expect.any(Array) });
  expect(await isDisposed(task as OpenTask)).toBe(true);
});

test('a load is ended when the last who wanted it has gone, not before', async () => {
  const cache = sessions();
  const load = jest.spyOn(Segmenter, 'load');
  const [first, second] = [new AbortController(), new AbortController()];
  const calls = [first, second].map(({ signal }) => cache.use(segment, loading(signal), take));
  await new Promise(setImmediate);
  first.abort('first');
  await expect(calls[0]).rejects.toBe('first');
  await (calls[1] as Promise<OpenTask>);
  expect(load).toHaveBeenCalledTimes(1);

  cache.forget(segment.model);
  const third = new AbortController();
  const abandoned = cache.use(segment, loading(third.signal), take);
  third.abort('third');
  await expect(abandoned).rejects.toBe('third');
  expect(cache.size).toBe(0);
  expect(await cache.use(segment, loading(), take)).toBeDefined();
  load.mockRestore();
});

test('a load that failed is tried again', async () => {
  const cache = sessions();
  const load = jest.spyOn(Segmenter, 'load').mockRejectedValueOnce(new Error('no memory'));
  await expect(cache.use(segment, loading(), take)).rejects.toThrow('no memory');
  expect(cache.size).toBe(0);
  expect(await cache.use(segment, loading(), take)).toBeDefined();
  expect(load).toHaveBeenCalledTimes(2);
  load.mockRestore();
});

test('everyone who waits is told how far the loading is', async () => {
  const cache = sessions();
  const told = [jest.fn(), jest.fn()];
  await Promise.all(told.map((onProgress) => cache.use(detect, { ...loading(), onProgress }, take)));
  for (const onProgress of told) {
    const { loadedBytes, totalBytes } = onProgress.mock.calls.at(-1)[0];
    expect(loadedBytes).toBe(totalBytes);
  }
});

test('a model that is forgotten is read again', async () => {
  const cache = sessions();
  const before = await cache.use(classify, loading(), take);
  cache.forget(classify.model);
  const after = await cache.use(classify, loading(), take);
  expect(after).not.toBe(before);
  expect(await isDisposed(before)).toBe(true);
});
