import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Choice, Engine, EngineModel, PageTask } from '../engine/engine';
import { Announcements } from './announcements';
import { Camera } from './camera';
import { Connection } from './connection';
import { Highlight } from './highlight';
import { ModelLoader } from './model-loader';
import type { Photo } from './photo';
import { mostPhotos, Photos } from './photos';
import { planRun, type RunPlan } from './run-plan';
import { Runner } from './runner';
import { keptSettings, type Settings } from './settings';
import { type Narrowing, narrow, type ShownResult } from './shown-result';
import { count, summary } from './words';

/** Milliseconds a slider that needs another run must rest. */
const settleTime = 250;
/** Milliseconds between two announcements of what the camera sees, at least. */
const cameraPause = 4000;

/** All the page knows, and what can be done. */
export class Store {
  readonly settings: Signal<Settings>;
  readonly announcements = new Announcements();
  readonly highlight = new Highlight();
  readonly photos = new Photos();
  readonly connection: Connection;
  readonly loader: ModelLoader;
  readonly runner: Runner;
  readonly camera: Camera;
  /** Models of the chosen task, those that are here first. */
  readonly models: ReadonlySignal<EngineModel[]>;
  readonly model: ReadonlySignal<EngineModel | undefined>;
  readonly choice: ReadonlySignal<Choice | undefined>;
  readonly narrowing: ReadonlySignal<Narrowing>;
  /** Whether the camera has the stage. */
  readonly showsCamera: ReadonlySignal<boolean>;
  /** The picture seen large, narrowed down. */
  readonly shown: ReadonlySignal<ShownResult | undefined>;
  readonly #choiceKey: ReadonlySignal<string | undefined>;
  readonly #settledIou: Signal<number | null>;

  constructor(readonly engine: Engine) {
    this.settings = keptSettings();
    this.connection = new Connection(engine);
    this.models = computed(() => {
      const { task } = this.settings.value;
      const ofTask = this.connection.models.value.filter((model) => model.task === task);
      return ofTask.sort((a, b) => Number(a.location === 'available') - Number(b.location === 'available'));
    });
    this.model = computed(() => {
      const { task, models } = this.settings.value;
      const known = this.models.value;
      const preferred = known.find(({ location }) => location === 'given') ?? known[0];
      return known.find(({ name }) => name === models[task]) ?? preferred;
    });
    // By way of a text: equal choices are one, whatever else has changed.
    this.#choiceKey = computed(() => {
      const { task, device } = this.settings.value;
      const model = this.model.value;
      const known = this.connection.devices.value.some(({ id }) => id === device);
      return model && JSON.stringify({ task, model: model.name, device: known ? device : 'auto' } satisfies Choice);
    });
    this.choice = computed(() =>
      this.#choiceKey.value === undefined ? undefined : (JSON.parse(this.#choiceKey.value) as Choice),
    );
    this.loader = new ModelLoader(
      this.connection,
      computed(() => {
        const choice = this.choice.value;
        const model = this.model.value;
        return choice && model && { choice, model };
      }),
    );
    this.#settledIou = this.#settle(computed(() => this.settings.value.iouThreshold));
    const plan = this.#plan();
    this.runner = new Runner(this.connection, this.photos, plan, (photo) => this.#tell(photo));
    this.camera = new Camera(this.connection, plan);
    this.narrowing = computed(() => {
      const { task, classifyThreshold, detectThreshold, topK, maxResults } = this.settings.value;
      return { scoreThreshold: task === 'classify' ? classifyThreshold : detectThreshold, topK, maxResults };
    });
    this.showsCamera = computed(() => this.camera.state.value.kind !== 'off');
    this.shown = computed(() => {
      const photo = this.photos.enlarged.value;
      if (this.showsCamera.value) {
        const result = this.camera.result.value;
        return result && narrow(result, this.narrowing.value);
      }
      return photo && this.resultOf(photo);
    });
    this.#tellOfCamera();
    effect(() => {
      this.settings.value.task;
      this.photos.enlarged.value;
      this.showsCamera.value;
      this.highlight.clear();
    });
    engine.onPhotos?.((files) => this.addPhotos(files));
    engine.onModels?.((opened) => this.#takeModels(opened));
  }

  /** @param opened the name of a model that has just come: it is chosen, for what it does */
  async #takeModels(opened: string | undefined): Promise<void> {
    await this.connection.refreshModels();
    const model = this.connection.models.value.find(({ name }) => name === opened);
    if (model && model.task !== 'embed') {
      const { name, task } = model;
      batch(() => {
        this.chooseTask(task);
        this.chooseModel(name);
      });
    }
  }

  set(changes: Partial<Settings>): void {
    this.settings.value = { ...this.settings.value, ...changes };
  }

  chooseTask(task: PageTask): void {
    this.set({ task });
  }

  chooseModel(name: string): void {
    const { task, models } = this.settings.value;
    this.set({ models: { ...models, [task]: name } });
  }

  addPhotos(files: readonly File[]): void {
    if (files.length === 0) {
      return;
    }
    const gone = batch(() => {
      this.camera.stop();
      return this.photos.add(files);
    });
    if (gone > 0) {
      this.announcements.show(`${count(mostPhotos, 'photo')} are kept here: ${count(gone, 'older one')} made room`);
    } else {
      this.announcements.say(`${count(files.length, 'photo')} added`);
    }
  }

  /** What was found on a photo, narrowed down; undefined where there is no answer of the chosen model. */
  resultOf(photo: Photo): ShownResult | undefined {
    const answer = photo.answer.value;
    const choice = this.choice.value;
    const fits = answer && choice && answer.choice.task === choice.task && answer.choice.model === choice.model;
    return fits && photo.run.value.kind !== 'failed' ? narrow(answer.result, this.narrowing.value) : undefined;
  }

  /** What to run; undefined until the chosen model is ready. */
  #plan(): ReadonlySignal<RunPlan | undefined> {
    const plan = computed(() => {
      const loaded = this.loader.state.value;
      const choice = this.choice.value;
      const isReady = loaded.kind === 'ready' && loaded.choice === choice;
      return isReady ? planRun(choice, this.#settledIou.value, loaded.model.labels.length) : undefined;
    });
    const key = computed(() => plan.value?.key);
    return computed(() => (key.value === undefined ? undefined : plan.peek()));
  }

  /** Follows a value that may change many times a second once it rests. */
  #settle<Value>(source: ReadonlySignal<Value>): Signal<Value> {
    const settled = signal(source.peek());
    effect(() => {
      const value = source.value;
      const timer = setTimeout(() => {
        settled.value = value;
      }, settleTime);
      return () => clearTimeout(timer);
    });
    return settled;
  }

  #tell(photo: Photo): void {
    const run = photo.run.value;
    const alone = photo === this.photos.enlarged.value;
    const left = this.photos.list.value.filter(({ run: { value } }) => value.kind !== 'done' && value.kind !== 'failed').length;
    if (run.kind === 'failed' && alone) {
      this.announcements.say(`${photo.name}: ${run.error.message}`);
    } else if (alone) {
      const result = this.resultOf(photo);
      this.announcements.say(result ? `${photo.name}: ${summary(result)}` : '');
    } else if (left === 0) {
      this.announcements.say(`Results of ${count(this.photos.list.value.length, 'photo')} are there`);
    }
  }

  #tellOfCamera(): void {
    let last = '';
    let lastTime = Number.NEGATIVE_INFINITY;
    effect(() => {
      const result = this.showsCamera.value ? this.shown.value : undefined;
      if (!result) {
        last = '';
        return;
      }
      const text = summary(result, 3).replaceAll(/ \d+ %/g, '');
      const now = performance.now();
      if (text !== last && now - lastTime >= cameraPause) {
        last = text;
        lastTime = now;
        this.announcements.say(text);
      }
    });
  }
}
