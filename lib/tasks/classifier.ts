import type { ImageInput } from '../images/image';
import type { ClassificationHead } from '../models/description';
import { checkInteger, checkNumber, checkOptionNames } from '../options';
import type { NativeClassificationRequest, NativeResult } from '../runtime/native';
import type { Session } from '../runtime/session';
import { type ImageOptions, type ImageResult, ImageTask, imageOptionNames, type PreparedCall, type ResultStream } from './base';
import { type ClassFilterOptions, classFilter, labelOf } from './class-filter';
import { headOf, type LoadedTask, type LoadOptions, type ModelSource } from './load';

/** Options of {@link Classifier.classify}. */
export interface ClassifyOptions extends ImageOptions, ClassFilterOptions {
  /** Categories returned at most, 1 to the number of classes. Default 5. */
  topK?: number;
  /** Least score of a category, 0 to 1. Default 0. */
  scoreThreshold?: number;
}

export const classifyOptionNames = [
  ...imageOptionNames,
  'topK',
  'scoreThreshold',
  'allow',
  'deny',
] as const satisfies (keyof ClassifyOptions)[];

const defaultTopK = 5;

/** A class that a picture may show. */
export interface Category {
  /** Index of the class, from 0. */
  index: number;
  /** Of the class; `class 17` where the model has none. */
  label: string;
  /** 0 to 1. */
  score: number;
}

/** The task's own fields of a {@link ClassifyResult}. */
interface Classification {
  /** Best first. */
  categories: Category[];
}

/** What {@link Classifier.classify} finds. */
export interface ClassifyResult extends ImageResult, Classification {}

/**
 * Says what a picture shows.
 *
 * @example
 * import { Classifier } from 'mobilenet-metal';
 *
 * const classifier = await Classifier.load('mobilenet-v1-0.25-224');
 * const { categories } = await classifier.classify('photos/chelsea.png', { topK: 2 });
 * // categories: [
 * //   { index: 286, label: 'Egyptian cat', score: 0.756… },
 * //   { index: 282, label: 'tabby, tabby cat', score: 0.104… }
 * // ]
 * await classifier.dispose();
 */
export class Classifier extends ImageTask<ClassifyOptions, Classification> {
  protected readonly optionNames = classifyOptionNames;
  readonly #head: ClassificationHead;
  readonly #classes: number;

  private constructor(loaded: LoadedTask) {
    super(loaded);
    this.#head = headOf(loaded.model, 'classification');
    // The model's reader found it among the graph's outputs.
    const output = loaded.session.outputs.find(({ name }) => name === this.#head.output) as Session['outputs'][number];
    this.#classes = output.shape.channels;
  }

  /**
   * Loads a classification model: a name, the path of a model file, or its bytes.
   *
   * Rejects with ERR_INVALID_OPTION, ERR_MODEL_NOT_FOUND, ERR_MODEL_CORRUPT, ERR_MODEL_TASK (a model for something else),
   * ERR_UNSUPPORTED_OPERATION, ERR_NO_DEVICE, ERR_OUT_OF_MEMORY or ERR_NATIVE_LOAD; on abort, with the signal's reason.
   */
  static async load(model: ModelSource, options?: LoadOptions): Promise<Classifier> {
    return ImageTask.start(model, options, { task: 'classify', of: 'Classifier.load' }, (loaded) => new Classifier(loaded));
  }

  /** How many classes the model tells apart. */
  get classes(): number {
    return this.#classes;
  }

  /**
   * Classifies one image.
   *
   * Rejects with ERR_INVALID_OPTION, ERR_IMAGE_NOT_FOUND, ERR_IMAGE_DECODE, ERR_IMAGE_TOO_LARGE, ERR_DOWNLOAD, ERR_DISPOSED,
   * ERR_DEVICE_LOST (a GPU failed at it; the next call may do), ERR_NO_DEVICE (the GPU is gone),
   * ERR_NATIVE_LOAD (sharp cannot be loaded) or ERR_OUT_OF_MEMORY; on abort, with the signal's reason.
   */
  classify(image: ImageInput, options?: ClassifyOptions): Promise<ClassifyResult> {
    return this.runImage(image, options, 'classify');
  }

  protected prepare(options: ClassifyOptions | undefined, of: string): PreparedCall<Classification> {
    const checked = checkOptionNames(options, classifyOptionNames, of);
    const { topK = Math.min(defaultTopK, this.#classes), scoreThreshold = 0 } = checked;
    const request: NativeClassificationRequest = {
      type: 'classification',
      output: this.#head.output,
      activation: this.#head.activation,
      topK: checkInteger('topK', topK, 1, this.#classes),
      scoreThreshold: checkNumber('scoreThreshold', scoreThreshold, 0, 1),
      allowed: classFilter(checked, this.labels, this.#classes),
    };
    const finish = ({ indices = new Int32Array(), scores = new Float32Array() }: NativeResult) => ({
      categories: Array.from(indices, (index, i) => ({ index, label: labelOf(this.labels, index), score: scores[i] as number })),
    });
    return { ...this.prepareImage(checked), begin: () => ({ request, finish }) };
  }
}

/** An async generator of results, and of `Failure`s where the images failed. */
export type ClassifyStream<Failure = never> = ResultStream<ClassifyResult | Failure>;
