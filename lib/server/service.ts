import { MobileNetError } from '../errors';
import type { EncodedImage } from '../images/image';
import type { Task } from '../models/description';
import type { LoadProgress } from '../models/safetensors-file';
import { checkDevice, chooseDevice, type Device } from '../runtime/devices';
import type { Timing } from '../tasks/base';
import { BodyMemory } from './bodies/body-memory';
import { RequestError, refusalOf } from './errors';
import { Metrics } from './metrics';
import type { Catalog } from './models/catalog';
import { type ModelKey, ModelPool } from './models/model-pool';
import type { CheckedOptions } from './options';
import { servedTasks } from './tasks';
import type { Answer, RunningTask } from './tasks/served-task';
import { Turns } from './turns';

/** What a client's query says of the model. */
export interface ModelQuery {
  /** Name; by default the task's own. */
  model?: string;
  /** `auto` or the id of a device; by default the server's. */
  device?: string;
}

/** What pictures are to be run on, and how. */
export interface ChosenRun {
  key: ModelKey;
  options: Record<string, unknown>;
}

/** All bodies together may take so many times the largest one, and no less than {@link leastBodyMemory}. */
const bodiesAtOnce = 8;
const leastBodyMemory = 256 * 2 ** 20;

/** Of a file that is gone only the model's name is told. */
function withoutPath(error: unknown, name: string): unknown {
  if (error instanceof MobileNetError && error.code === 'ERR_MODEL_NOT_FOUND') {
    return new MobileNetError('ERR_MODEL_NOT_FOUND', `the file of the model '${name}' is no longer on the server`, {
      cause: error,
    });
  }
  return error;
}

/** What the server does, whatever it was asked over. */
export class Service {
  readonly bodyMemory: BodyMemory;
  readonly turns: Turns;
  readonly metrics: Metrics;
  #cameras = 0;
  readonly #pool: ModelPool;

  constructor(
    readonly options: CheckedOptions,
    readonly catalog: Catalog,
  ) {
    const { session, decode, maxPixels, maxBytes, maxModels, concurrency, maxWaiting } = options;
    this.bodyMemory = new BodyMemory(Math.max(leastBodyMemory, bodiesAtOnce * maxBytes));
    this.turns = new Turns(concurrency, maxWaiting);
    this.#pool = new ModelPool(async ({ task, name, device }, onProgress) => {
      const { source } = await catalog.find(task, name);
      const settings = { ...session, device: device as Device, decode, maxPixels, onProgress, warmup: true };
      return servedTasks[task].load(source, settings).catch((error) => {
        throw withoutPath(error, name);
      });
    }, maxModels);
    this.metrics = new Metrics({
      inside: () => this.turns.inside,
      bodyBytes: () => this.bodyMemory.used,
      loadedModels: () => this.#pool.keys.length,
      cameras: () => this.#cameras,
    });
  }

  get loaded(): ModelKey[] {
    return this.#pool.keys;
  }

  /** The model that a query means. Throws ERR_MODEL_NOT_FOUND, ERR_MODEL_TASK, ERR_INVALID_OPTION or ERR_NO_DEVICE. */
  async choose(task: Task, { model, device }: ModelQuery): Promise<ModelKey> {
    const wanted = checkDevice(device ?? this.options.session.device ?? 'auto');
    const { name } = await this.catalog.find(task, model);
    // The same device by another name is the same session.
    return { task, name, device: chooseDevice(wanted).id };
  }

  /** Makes a model ready; resolves to what `look` makes of it. */
  load<Result>(
    key: ModelKey,
    look: (running: RunningTask) => Result,
    onProgress?: (progress: LoadProgress) => void,
  ): Promise<Result> {
    return this.#pool.use(key, async (running) => look(running), onProgress);
  }

  /** Takes one of the places there are for cameras; returns what gives it back, once however often it is called. Throws ERR_BUSY. */
  enterCamera(): () => void {
    const { maxCameras } = this.options;
    if (this.#cameras >= maxCameras) {
      throw new RequestError('ERR_BUSY', `the server takes ${maxCameras} cameras at a time, and has as many`);
    }
    this.#cameras++;
    let inside = true;
    return () => {
      this.#cameras -= inside ? 1 : 0;
      inside = false;
    };
  }

  /**
   * Runs a task on one picture, in its turn.
   * @throws {RequestError} ERR_BUSY; ERR_TIMEOUT when it takes longer than `runTimeout`; what the task throws; the signal's reason
   */
  async run(key: ModelKey, image: EncodedImage, options: Record<string, unknown>, signal: AbortSignal): Promise<Answer> {
    const { runTimeout } = this.options;
    const late = new RequestError('ERR_TIMEOUT', `the picture took longer than the ${runTimeout} s that one may take`);
    // Not AbortSignal.any: a camera's signal would hold on to one for each of its frames.
    const ending = new AbortController();
    const timer = setTimeout(() => ending.abort(late), runTimeout * 1000);
    const follow = () => ending.abort(signal.reason);
    signal.addEventListener('abort', follow, { once: true });
    try {
      signal.throwIfAborted();
      const work = () => this.#pool.use(key, (running) => running.run(image, options, ending.signal));
      const answer = await this.turns.take(work, ending.signal);
      this.#note(key, answer);
      return answer;
    } catch (error) {
      this.metrics.picture(key.task, signal.aborted ? 'aborted' : refusalOf(error).answer.error.code);
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', follow);
    }
  }

  dispose(): Promise<void> {
    return this.#pool.dispose();
  }

  #note({ task, name }: ModelKey, answer: Answer): void {
    this.metrics.picture(task, 'done');
    if ('json' in answer && 'timing' in answer.json) {
      this.metrics.timing(task, name, answer.json.timing as Timing);
    }
  }
}
