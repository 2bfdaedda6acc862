import type { ImageInput } from '../images/image';
import type { DetectionHead } from '../models/description';
import { MAX_DETECTIONS } from '../models/validate-head';
import { checkInteger, checkNumber, checkOneOf, checkOptionNames } from '../options';
import type { NativeDetectionRequest, NativeResult } from '../runtime/native';
import { type ImageOptions, type ImageResult, ImageTask, imageOptionNames, type PreparedCall, type ResultStream } from './base';
import { type ClassFilterOptions, classFilter, labelOf } from './class-filter';
import type { FramedPicture, Region } from './geometry';
import { headOf, type LoadedTask, type LoadOptions, type ModelSource } from './load';

/** Options of {@link Detector.detect}. */
export interface DetectOptions extends ImageOptions, ClassFilterOptions {
  /** Least score of a detection, 0 to 1. Default 0.5. */
  scoreThreshold?: number;
  /**
   * Of two boxes whose intersection over union exceeds this, 0 to 1, only the better one is reported. Default: the model's own, which
   * for TensorFlow's SSDs is 0.6. It has no part in the choice of scores.
   */
  iouThreshold?: number;
  /** Detections returned at most, 1 to 10000. Default: the model's own, which for TensorFlow's SSDs is 100. */
  maxResults?: number;
  /** Detections of one class at most, 1 to 10000; only with `per-class`. Default: the model's own, which for TensorFlow's SSDs is 100. */
  maxResultsPerClass?: number;
  /**
   * Which boxes compete with one another:
   * - `per-class` (the default): those of the same class (TensorFlow's batch_multiclass_non_max_suppression)
   * - `class-agnostic`: all, and each has its best class only (the fast one of TensorFlow Lite's detection_postprocess.cc)
   */
  nonMaxSuppression?: 'per-class' | 'class-agnostic';
}

export const detectOptionNames = [
  ...imageOptionNames,
  'scoreThreshold',
  'iouThreshold',
  'maxResults',
  'maxResultsPerClass',
  'nonMaxSuppression',
  'allow',
  'deny',
] as const satisfies (keyof DetectOptions)[];

const defaultScoreThreshold = 0.5;

/** Slot of the background in an SSD's scores. */
const background = 0;

/** A thing in a picture. */
export interface Detection {
  /** Index of the class. 0 is the background and never reported. */
  index: number;
  /** Of the class; `class 17` where the model has none. */
  label: string;
  /** 0 to 1. */
  score: number;
  /** Inside the picture, what stuck out cut off; in pixels, whole or not. */
  box: Region;
}

/** The task's own fields of a {@link DetectResult}. */
interface Detections {
  /** Best first. */
  detections: Detection[];
}

/** What {@link Detector.detect} finds. */
export interface DetectResult extends ImageResult, Detections {}

/** A detector's background is none of its classes. */
function withoutBackground({ model, ...loaded }: LoadedTask): LoadedTask {
  const labels = model.description.labels?.map((label, index) => (index === background ? null : label));
  return { ...loaded, model: { ...model, description: { ...model.description, labels } } };
}

/** A box in pixels of the frame as one in pixels of the source, which the frame may be a smaller copy of. */
function toSourceBox([x = 0, y = 0, width = 0, height = 0]: Float32Array, picture: FramedPicture): Region {
  const across = picture.width / picture.frame.width;
  const down = picture.height / picture.frame.height;
  const clip = (position: number, side: number) => Math.min(Math.max(position, 0), side);
  const left = clip(x * across, picture.width);
  const top = clip(y * down, picture.height);
  const right = clip((x + width) * across, picture.width);
  const bottom = clip((y + height) * down, picture.height);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/**
 * Finds things in a picture and says where they are.
 *
 * @example
 * import { Detector } from 'mobilenet-metal';
 *
 * const detector = await Detector.load('ssdlite-mobilenet-v2-coco');
 * const { detections } = await detector.detect('photos/coffee.png', { allow: ['cup', 'bowl'] });
 * // detections: [
 * //   { index: 47, label: 'cup', score: 0.961…, box: { x: 173.6…, y: 21.6…, width: 238.4…, height: 227.6… } }
 * // ]
 * await detector.dispose();
 */
export class Detector extends ImageTask<DetectOptions, Detections> {
  protected readonly optionNames = detectOptionNames;
  readonly #head: DetectionHead;

  private constructor(loaded: LoadedTask) {
    super(withoutBackground(loaded));
    this.#head = headOf(loaded.model, 'detection');
  }

  /**
   * Loads a detection model: a name, the path of a model file, or its bytes.
   *
   * Rejects with ERR_INVALID_OPTION, ERR_MODEL_NOT_FOUND, ERR_MODEL_CORRUPT, ERR_MODEL_TASK (a model for something else),
   * ERR_UNSUPPORTED_OPERATION, ERR_NO_DEVICE, ERR_OUT_OF_MEMORY or ERR_NATIVE_LOAD; on abort, with the signal's reason.
   */
  static async load(model: ModelSource, options?: LoadOptions): Promise<Detector> {
    return ImageTask.start(model, options, { task: 'detect', of: 'Detector.load' }, (loaded) => new Detector(loaded));
  }

  /** How many classes the model can report: the background and slots without a label are none. */
  get classes(): number {
    return this.labels.length > 0 ? this.labels.filter((label) => label !== null).length : this.#head.classSlots - 1;
  }

  /**
   * Finds things in one image.
   *
   * Rejects with ERR_INVALID_OPTION, ERR_IMAGE_NOT_FOUND, ERR_IMAGE_DECODE, ERR_IMAGE_TOO_LARGE, ERR_DOWNLOAD, ERR_DISPOSED,
   * ERR_DEVICE_LOST (a GPU failed at it; the next call may do), ERR_NO_DEVICE (the GPU is gone),
   * ERR_NATIVE_LOAD (sharp cannot be loaded) or ERR_OUT_OF_MEMORY; on abort, with the signal's reason.
   */
  detect(image: ImageInput, options?: DetectOptions): Promise<DetectResult> {
    return this.runImage(image, options, 'detect');
  }

  protected prepare(options: DetectOptions | undefined, of: string): PreparedCall<Detections> {
    const checked = checkOptionNames(options, detectOptionNames, of);
    const defaults = this.#head.nonMaxSuppression;
    const {
      scoreThreshold = defaultScoreThreshold,
      iouThreshold = defaults.iouThreshold,
      maxResults = defaults.maxDetections,
      maxResultsPerClass = defaults.maxDetectionsPerClass,
      nonMaxSuppression = 'per-class',
    } = checked;
    const request: NativeDetectionRequest = {
      type: 'detection',
      scoreThreshold: checkNumber('scoreThreshold', scoreThreshold, 0, 1),
      iouThreshold: checkNumber('iouThreshold', iouThreshold, 0, 1),
      maxDetections: checkInteger('maxResults', maxResults, 1, MAX_DETECTIONS),
      maxDetectionsPerClass: checkInteger('maxResultsPerClass', maxResultsPerClass, 1, MAX_DETECTIONS),
      nonMaxSuppression: checkOneOf('nonMaxSuppression', nonMaxSuppression, ['per-class', 'class-agnostic']),
      allowed: classFilter(checked, this.labels, this.#head.classSlots, background),
    };
    const begin = (picture: FramedPicture) => ({
      request,
      finish: ({ indices = new Int32Array(), scores = new Float32Array(), boxes = new Float32Array() }: NativeResult) => ({
        detections: Array.from(indices, (index, i) => ({
          index,
          label: labelOf(this.labels, index),
          score: scores[i] as number,
          box: toSourceBox(boxes.subarray(4 * i, 4 * i + 4), picture),
        })),
      }),
    });
    return { ...this.prepareImage(checked), begin };
  }
}

/** An async generator of results, and of `Failure`s where the images failed. */
export type DetectStream<Failure = never> = ResultStream<DetectResult | Failure>;
