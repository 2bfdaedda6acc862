import { setMaxListeners } from 'node:events';
import { isUint8Array } from 'node:util/types';
import { abortable } from '../abort';
import { MobileNetError } from '../errors';
import { acquireMemory, decodeImage, decodeLimiter } from '../images/decode';
import { checkImage, type ImageInput } from '../images/image';
import { Limiter } from '../limiter';
import type { ModelDescription } from '../models/description';
import { checkInteger, checkOneOf, checkOptionNames, checkSignal, invalidOption } from '../options';
import type { NativeFrame, NativeRequest, NativeResult } from '../runtime/native';
import type { Session } from '../runtime/session';
import { maxBatchSize, maxFramesInFlight } from '../runtime/session-options';
import { checkRegion, checkRotation, type FramedPicture, fastShrink, type Region, toFramedPicture } from './geometry';
import { type LoadedTask, type LoadOptions, loadTask, type ModelSource, type TaskNeeds } from './load';
import { orderedMap } from './ordered-map';

/** What every call on an image takes. */
export interface ImageOptions {
  /** The part of the picture to look at, inside it; rounded outwards to whole pixels. Default: all of it. */
  region?: Region;
  /** Clockwise turn in degrees, any multiple of 90, of what the network sees. Default 0. */
  rotation?: number;
  /** Aborts the call, which then rejects with the signal's reason. */
  signal?: AbortSignal;
}

export const imageOptionNames = ['region', 'rotation', 'signal'] as const satisfies (keyof ImageOptions)[];

/** Where the time of one image went, in milliseconds. */
export interface Timing {
  /** Reading and decoding. */
  decode: number;
  /** Waiting: for a decoder, and for the device. */
  queue: number;
  /** Resizing and scaling the pixels. */
  preprocess: number;
  /** The network itself; on a GPU, its own time for it. */
  network: number;
  /** From the network's outputs to the result. */
  postprocess: number;
}

/** What every result holds beside its task's own fields. */
export interface ImageResult {
  /** Of the picture in pixels, after its EXIF orientation. */
  width: number;
  /** Of the picture in pixels, after its EXIF orientation. */
  height: number;
  /** Name of the model. */
  model: string;
  /** What it ran on. */
  device: 'cpu' | 'metal';
  /** Where the time went. */
  timing: Timing;
}

/** How `stream` goes about its images. */
export interface StreamOptions {
  /** Images in work or waiting to be taken, at most: 1 to 1024. Default: `framesInFlight`, on a GPU times `batchSize`. */
  concurrency?: number;
  /**
   * What becomes of an image that fails. `throw` (the default) throws its error at its place in the order, which ends the stream.
   * `yield` hands out an {@link ImageFailure} there and goes on, also after ERR_DEVICE_LOST, from which a GPU recovers; aborts,
   * disposal and a GPU that is gone for good (ERR_NO_DEVICE) still throw.
   */
  onError?: 'throw' | 'yield';
}

const streamOptionNames = ['concurrency', 'onError'] as const satisfies (keyof StreamOptions)[];

/** Stands in `stream` with `onError: 'yield'` at the place of an image that failed. */
export interface ImageFailure {
  /** What went wrong with it. */
  error: MobileNetError;
  /** The image as it was given. */
  image: ImageInput;
}

/** Images for `stream`: an array, a generator, anything iterable, promises included; one that rejects ends the stream with its error. */
export type ImageSource = Iterable<ImageInput | PromiseLike<ImageInput>> | AsyncIterable<ImageInput>;

/** What `stream` hands out. */
export type ResultStream<Result> = AsyncGenerator<Result, void, undefined>;

/** What is known of a loaded model, from its file. */
export type ModelInfo = Readonly<
  Pick<ModelDescription, 'name' | 'task' | 'description' | 'license' | 'source' | 'preprocessing' | 'head'>
>;

/** A call's options, checked and made into what the session takes. */
export interface PreparedCall<Result> {
  region?: Region;
  rotation: NativeFrame['rotation'];
  signal?: AbortSignal;
  /** Made anew for every picture of a stream, with the signal that ends the work on it. */
  begin(picture: FramedPicture, signal?: AbortSignal): FrameCall<Result>;
  /** The session to run in. Default: the task's own. */
  session?: () => Promise<Session>;
}

/** One picture's request, and what becomes of the answer. */
export interface FrameCall<Result> {
  request: NativeRequest;
  /** The task's own fields of the result. */
  finish(result: NativeResult): Result | Promise<Result>;
}

/** These end a stream whatever `onError` says: the next image would meet them too. */
const fatalCodes = ['ERR_DISPOSED', 'ERR_NO_DEVICE', 'ERR_NATIVE_LOAD', 'ERR_INTERNAL'];

/** `framesInFlight` times `batchSize` at their largest. */
const maxConcurrency = maxFramesInFlight * maxBatchSize;

/**
 * What all tasks share: a model in a session, images decoded and run off the JavaScript thread, streams, disposal.
 *
 * @typeParam Options of a call
 * @typeParam Result the task's own fields of a result
 *
 * @example
 * import { Classifier } from 'mobilenet-metal';
 *
 * const classifier = await Classifier.load('mobilenet-v1-0.25-224');
 * const photos = ['photos/chelsea.png', 'photos/missing.jpg', 'photos/coffee.png'];
 * for await (const result of classifier.stream(photos, { onError: 'yield' })) {
 *   console.log('error' in result ? result.error.message : result.categories[0].label);
 * }
 * // → Egyptian cat
 * //   there is no file 'photos/missing.jpg'
 * //   espresso
 */
export abstract class ImageTask<Options extends ImageOptions, Result extends object> {
  /** What the model file says about the model. */
  readonly model: ModelInfo;
  /** Label of each class index; null where an index stands for nothing. Empty for models without labels. */
  readonly labels: readonly (string | null)[];
  /** What the network runs on. */
  readonly device: 'cpu' | 'metal';

  protected readonly session: Session;
  readonly #settings: Pick<LoadedTask, 'decode' | 'maxPixels'>;
  /** Images between the start of their decoding and their result: bounds the memory of any number of calls at once. */
  readonly #admission: Limiter;
  #disposal: Promise<void> | undefined;

  protected constructor({ model, session, ...settings }: LoadedTask) {
    const { name, task, description, license, source, preprocessing, head, labels } = model.description;
    this.model = Object.freeze(structuredClone({ name, task, description, license, source, preprocessing, head }));
    this.labels = Object.freeze([...(labels ?? [])]);
    this.device = session.device;
    this.session = session;
    this.#settings = settings;
    this.#admission = new Limiter(session.framesAtOnce + decodeLimiter.limit);
  }

  /** Loads a model, makes its task and warms it up if that is wished; frees the session when any of it fails. */
  protected static async start<Task extends ImageTask<never, object>>(
    model: ModelSource,
    options: LoadOptions | undefined,
    needs: TaskNeeds,
    create: (loaded: LoadedTask) => Task,
  ): Promise<Task> {
    const loaded = await loadTask(model, options, needs);
    try {
      const task = create(loaded);
      if (loaded.warmup) {
        await task.warmUp(loaded.signal, needs.of);
      }
      return task;
    } catch (error) {
      await loaded.session.dispose();
      throw error;
    }
  }

  /** Checks a call's options; throws ERR_INVALID_OPTION. */
  protected abstract prepare(options: Options | undefined, of: string): PreparedCall<Result>;

  /** Names of all options of a call. */
  protected abstract readonly optionNames: readonly (keyof Options & string)[];

  /** One image from end to end. Everything it throws it throws as a rejection. */
  protected async runImage(image: ImageInput, options: Options | undefined, of: string): Promise<Result & ImageResult> {
    this.#checkAlive();
    const call = this.prepare(options, of);
    return this.#process(image, call);
  }

  /**
   * Works on any number of images, several at a time, and hands the results out in the order of the images. Images are taken from the
   * source only as results are taken from the stream. Leaving the loop early aborts what is in work and closes the source. The
   * options are checked before it returns.
   */
  stream(
    images: ImageSource,
    options: Options & StreamOptions & { onError: 'yield' },
  ): ResultStream<(Result & ImageResult) | ImageFailure>;
  stream(images: ImageSource, options?: Options & StreamOptions & { onError?: 'throw' }): ResultStream<Result & ImageResult>;
  stream(images: ImageSource, options?: Options & StreamOptions): ResultStream<(Result & ImageResult) | ImageFailure>;
  stream(images: ImageSource, options?: Options & StreamOptions): ResultStream<(Result & ImageResult) | ImageFailure> {
    const of = 'stream';
    this.#checkAlive();
    if (typeof images !== 'object' || images === null || !(Symbol.asyncIterator in images || Symbol.iterator in images)) {
      throw invalidOption('the images', 'an array or another iterable of images', images);
    }
    if (isUint8Array(images)) {
      throw invalidOption('the images', 'an iterable of images, such as an array,', images);
    }
    const known = [...this.optionNames, ...streamOptionNames];
    const checked: Partial<Options & StreamOptions> = checkOptionNames<Options & StreamOptions>(options, known, of);
    const { concurrency = this.session.framesAtOnce, onError = 'throw', ...rest } = checked;
    checkInteger('concurrency', concurrency, 1, maxConcurrency);
    const yields = checkOneOf('onError', onError, ['throw', 'yield']) === 'yield';
    const call = this.prepare(rest as unknown as Options, of);
    const work = async (image: ImageInput, signal: AbortSignal) => {
      try {
        return await this.#process(image, { ...call, signal });
      } catch (error) {
        if (yields && error instanceof MobileNetError && !fatalCodes.includes(error.code) && !signal.aborted) {
          return { error, image };
        }
        throw error;
      }
    };
    return orderedMap(images, work, { concurrency, signal: call.signal });
  }

  /** The options all tasks share, checked. */
  protected prepareImage({ region, rotation, signal }: Partial<ImageOptions>) {
    if (signal !== undefined) {
      // One signal for a thousand calls is no leak: every listener goes with its call.
      setMaxListeners(0, checkSignal('signal', signal));
    }
    return {
      region: region === undefined ? undefined : checkRegion(region),
      rotation: rotation === undefined ? (0 as const) : checkRotation(rotation),
      signal,
    };
  }

  async #process(image: ImageInput, call: PreparedCall<Result>): Promise<Result & ImageResult> {
    const { region, rotation, signal } = call;
    const { decode, maxPixels } = this.#settings;
    const { preprocessing } = this.model;
    const checked = checkImage(image);
    const called = performance.now();
    const leave = await this.#admission.acquire(signal);
    let releaseMemory = () => {};
    try {
      this.#checkAlive();
      const admitted = performance.now();
      const shrinkFor =
        decode === 'fast'
          ? (width: number, height: number) => fastShrink({ width, height }, region, rotation, preprocessing)
          : undefined;
      let reserving = 0;
      const reserve = async (bytes: number) => {
        const asked = performance.now();
        const release = await acquireMemory(bytes, signal);
        releaseMemory = release;
        reserving += performance.now() - asked;
        return release;
      };
      const decoded = await decodeImage(checked, { maxPixels, shrinkFor, reserve, signal });
      const waitedToDecode = decoded.waited + reserving;
      const decodeTime = performance.now() - admitted - waitedToDecode;
      const picture = toFramedPicture(decoded, region, rotation);
      const { request, finish } = call.begin(picture, signal);
      const session = call.session ? await abortable(call.session(), signal) : this.session;
      const result = await session.run(picture.frame, request, signal);
      const { queue, preprocess, network, postprocess } = result.timing;
      const waited = admitted - called + waitedToDecode + queue;
      const answered = performance.now();
      const own = await finish(result);
      const finishTime = performance.now() - answered;
      return {
        ...own,
        width: decoded.sourceWidth,
        height: decoded.sourceHeight,
        model: this.model.name,
        device: this.device,
        timing: { decode: decodeTime, queue: waited, preprocess, network, postprocess: postprocess + finishTime },
      };
    } finally {
      releaseMemory();
      leave();
    }
  }

  /** Runs one black picture of the network's own size. */
  protected async warmUp(signal: AbortSignal | undefined, of: string): Promise<void> {
    const { width, height } = this.model.preprocessing;
    const pixels = new Uint8Array(width * height * 3);
    const region = { x: 0, y: 0, width, height };
    const frame: NativeFrame = { pixels, width, height, region, rotation: 0 };
    const { request } = this.prepare(undefined, of).begin({ frame, width, height, region });
    await this.session.run(frame, request, signal);
  }

  /**
   * Stops what is running (it rejects with ERR_DISPOSED) and frees the memory. Calls after it reject with ERR_DISPOSED. Calling it
   * again does nothing.
   */
  dispose(): Promise<void> {
    this.#disposal ??= this.session.dispose();
    return this.#disposal;
  }

  /** For `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #checkAlive(): void {
    if (this.#disposal) {
      throw new MobileNetError('ERR_DISPOSED', `the ${this.constructor.name} of model '${this.model.name}' has been disposed`);
    }
  }
}
