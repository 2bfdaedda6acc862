import { Store } from '../../page/src/state/store';
import { FakeEngine } from './fake-engine';

const file = (name: string, size = 10) => new File([new Uint8Array(size)], name);

/** Lets everything happen that waits for nothing but its turn. */
async function settle(): Promise<void> {
  await jest.advanceTimersByTimeAsync(0);
}

async function open() {
  const fake = new FakeEngine();
  const store = new Store(fake.engine);
  store.chooseTask('classify');
  store.connection.connect();
  await settle();
  return { fake, store };
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe('the store', () => {
  test('loads the first model of the task that is here, then runs it on photos, two at a time', async () => {
    const { fake, store } = await open();
    expect(fake.loads).toEqual([{ task: 'classify', model: 'small', device: 'auto' }]);
    store.addPhotos([file('a'), file('b'), file('c')]);
    expect(fake.runs.map(({ image }) => image.name)).toEqual(['a', 'b']);
    expect(fake.runs[0]?.options).toEqual({ topK: 20, scoreThreshold: 0 });
    fake.runs[0]?.answer();
    await settle();
    expect(fake.runs.map(({ image }) => image.name)).toEqual(['a', 'b', 'c']);
    const [first] = store.photos.list.value;
    const result = first && store.resultOf(first);
    expect(result?.task === 'classify' && result.categories).toHaveLength(5);
  });

  test.each([
    [4, { topK: 4, scoreThreshold: 0 }],
    [0, { scoreThreshold: 0 }],
  ])('asks a classifier of %i labelled classes for no more than there can be', async (classes, options) => {
    const { fake, store } = await open();
    fake.labels = fake.labels.slice(0, classes);
    store.chooseModel('large');
    await settle();
    store.addPhotos([file('a')]);
    expect(fake.runs[0]?.options).toEqual(options);
  });

  test('narrows results down without another run', async () => {
    const { fake, store } = await open();
    store.addPhotos([file('a')]);
    fake.runs[0]?.answer();
    await settle();
    const labels = () => (store.shown.value?.task === 'classify' ? store.shown.value.categories.length : undefined);
    expect(labels()).toBe(5);
    store.set({ topK: 12 });
    expect(labels()).toBe(12);
    store.set({ classifyThreshold: 0.1 });
    expect(labels()).toBe(5);
    await jest.advanceTimersByTimeAsync(1000);
    expect(fake.runs).toHaveLength(1);
  });

  test('aborts runs whose model nobody wants any more, and forgets their answers', async () => {
    const { fake, store } = await open();
    store.addPhotos([file('a')]);
    const [stale] = fake.runs;
    store.chooseModel('large');
    await settle();
    expect(stale?.signal.aborted).toBe(true);
    expect(fake.runs.at(-1)?.choice.model).toBe('large');
    fake.runs.at(-1)?.answer();
    await settle();
    expect(store.shown.value?.model).toBe('large');
  });

  test('aborts the run of a photo that is removed', async () => {
    const { fake, store } = await open();
    store.addPhotos([file('a'), file('b')]);
    const [photo] = store.photos.list.value;
    if (photo) {
      store.photos.remove(photo);
    }
    expect(fake.runs.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  });

  test('runs again for the overlap of boxes, once its slider rests', async () => {
    const { fake, store } = await open();
    store.chooseTask('detect');
    await settle();
    store.addPhotos([file('a')]);
    const before = fake.runs.length;
    for (const iouThreshold of [0.5, 0.4, 0.3]) {
      store.set({ iouThreshold });
      await jest.advanceTimersByTimeAsync(100);
    }
    expect(fake.runs).toHaveLength(before);
    await jest.advanceTimersByTimeAsync(300);
    expect(fake.runs.slice(before).map(({ options }) => options)).toEqual([
      { scoreThreshold: 0.05, maxResults: 100, iouThreshold: 0.3 },
    ]);
  });

  test('does not send files that are too large', async () => {
    const { fake, store } = await open();
    store.addPhotos([file('big.png', 1001)]);
    await settle();
    expect(fake.runs).toHaveLength(0);
    const run = store.photos.list.value[0]?.run.value;
    expect(run?.kind === 'failed' && run.error.message).toBe("expected a file of 1 kB at most but 'big.png' has 1 kB");
  });

  test('asks a busy engine again, in the end no more', async () => {
    const { fake, store } = await open();
    store.addPhotos([file('a')]);
    const [photo] = store.photos.list.value;
    for (let tries = 0; tries < 6; tries++) {
      fake.runs.at(-1)?.fail('ERR_BUSY');
      await settle();
      expect(photo?.run.value.kind).toBe(tries < 5 ? 'busy' : 'failed');
      await jest.advanceTimersByTimeAsync(5000);
    }
    expect(fake.runs).toHaveLength(6);
    if (photo) {
      store.runner.retry(photo);
    }
    fake.runs.at(-1)?.answer();
    await settle();
    expect(photo?.run.value.kind).toBe('done');
  });

  test('keeps what was found while the server is gone, and goes on by itself once it is back', async () => {
    const { fake, store } = await open();
    store.addPhotos([file('a')]);
    fake.runs[0]?.answer();
    await settle();
    store.addPhotos([file('b')]);
    fake.gone = true;
    fake.runs[1]?.fail('ERR_SERVER_GONE');
    await settle();
    expect(store.connection.state.value.kind).toBe('gone');
    await jest.advanceTimersByTimeAsync(10_000);
    expect(store.connection.state.value.kind).toBe('gone');
    expect(store.photos.list.value.map(({ answer }) => answer.value !== undefined)).toEqual([true, false]);
    fake.gone = false;
    await jest.advanceTimersByTimeAsync(4000);
    expect(store.connection.state.value.kind).toBe('ready');
    // Only the one that failed.
    expect(fake.runs.slice(2).map(({ image }) => image.name)).toEqual(['b']);
  });

  test('says that a model has to be pulled, and loads it once it is here', async () => {
    const { fake, store } = await open();
    store.chooseModel('elsewhere');
    await settle();
    expect(store.loader.state.value).toMatchObject({ kind: 'not-pulled', model: { name: 'elsewhere' } });
    expect(fake.loads).toHaveLength(1);
    fake.models = fake.models.map((each) => ({ ...each, location: 'cached' }));
    await store.connection.refreshModels();
    await settle();
    expect(fake.loads.at(-1)?.model).toBe('elsewhere');
    expect(store.loader.state.value.kind).toBe('ready');
  });

  test('keeps two hundred photos, and says that older ones made room', async () => {
    const { fake, store } = await open();
    store.addPhotos(Array.from({ length: 199 }, (_, i) => file(`${i}`)));
    store.addPhotos([file('new'), file('newer'), file('newest')]);
    expect(store.photos.list.value).toHaveLength(200);
    expect(store.photos.list.value[0]?.name).toBe('2');
    expect(store.announcements.notice.value).toBe('200 photos are kept here: 2 older ones made room');
    expect(fake.runs.slice(0, 2).every(({ signal }) => signal.aborted)).toBe(true);
  });

  test('steps through photos around the ends, and enlarges a neighbour of one that is removed', async () => {
    const { store } = await open();
    store.addPhotos([file('a'), file('b'), file('c')]);
    const [a, b, c] = store.photos.list.value;
    expect(store.photos.enlarged.value).toBeUndefined();
    store.photos.enlarge(a);
    store.photos.step(-1);
    expect(store.photos.enlarged.value).toBe(c);
    if (c) {
      store.photos.remove(c);
    }
    expect(store.photos.enlarged.value).toBe(b);
  });
});
