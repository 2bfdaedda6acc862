import type { Extent } from '../graph/types';
import type { Color } from '../images/draw/colors';
import type { ImageInput } from '../images/image';
import type { SegmentationHead } from '../models/description';
import { pascalColors } from '../models/pascal-colors';
import { checkBoolean, checkOneOf, checkOptionNames, invalidOption } from '../options';
import type { NativeResult, NativeSegmentationRequest } from '../runtime/native';
import { type ImageOptions, type ImageResult, ImageTask, imageOptionNames, type PreparedCall, type ResultStream } from './base';
import { type ClassName, labelOf, resolveClasses } from './class-filter';
import type { FramedPicture } from './geometry';
import { headOf, type LoadedTask, type LoadOptions, type ModelSource } from './load';
import { allocateMap, classMasks } from './pixel-maps';

/** Options of {@link Segmenter.segment}. */
export interface SegmentOptions extends ImageOptions {
  /**
   * - `source` (the default): the maps have the size of the upright picture; what is outside the region, or outside the part of it that
   *   the network looks at, is {@link voidClass}
   * - `model`: they have the size of the network's input and lie as it does, turned by `rotation` and with its padding
   */
  output?: 'source' | 'model';
  /** Whether to tell how sure the network is of each pixel. Default false. */
  confidence?: boolean;
  /**
   * Masks of single classes: `true` for one of each class in the legend, or the classes by label or index, whether in the picture or
   * not. Default false.
   */
  masks?: boolean | readonly ClassName[];
}

const segmentOptionNames = [...imageOptionNames, 'output', 'confidence', 'masks'] as const satisfies (keyof SegmentOptions)[];

/** A class that is in the picture. */
export interface LegendEntry {
  /** Index of the class, as in the class map. */
  index: number;
  /** Of the class; `class 17` where the model has none. */
  label: string;
  /** The model's colour for it. */
  color: Color;
  /** How many pixels of the class map have it, above 0; padding is not counted. */
  pixels: number;
}

/** Where one class is. */
export interface ClassMask {
  /** Of the class. */
  index: number;
  /** Of the class; `class 17` where the model has none. */
  label: string;
  /** 255 where the class map has the class, 0 elsewhere. */
  mask: Uint8Array;
}

/** The task's own fields of a {@link SegmentResult}. */
interface Segmentation {
  /** Class index of each pixel, `mapWidth * mapHeight` bytes, row by row from the top; {@link voidClass} where there is none. */
  classMap: Uint8Array;
  /** `width` of the picture, or of the network's input for `output: 'model'`. */
  mapWidth: number;
  /** `height` of the picture, or of the network's input for `output: 'model'`. */
  mapHeight: number;
  /** The classes present, those of most pixels first. */
  legend: LegendEntry[];
  /** With `confidence: true`: softmax of each pixel's class times 255, of the class map's size; 0 where there is no class. */
  confidence?: Uint8Array;
  /** With `masks`: of the class map's size, in the legend's order or that of the names asked for. */
  masks?: ClassMask[];
  /** For `output: 'model'`: the size of the top left part of the maps that shows the picture; the rest is padding. */
  content?: Extent;
}

/** What {@link Segmenter.segment} finds. */
export interface SegmentResult extends ImageResult, Segmentation {}

/**
 * Says of every pixel of a picture what it belongs to.
 *
 * @example
 * import { Segmenter } from 'mobilenet-metal';
 *
 * const segmenter = await Segmenter.load('deeplab-v3-mobilenet-v2-pascal');
 * const { classMap, mapWidth, legend } = await segmenter.segment('photos/chelsea.png');
 * // legend: [
 * //   { index: 8, label: 'cat', color: [ 64, 0, 0 ], pixels: 106913 },
 * //   { index: 0, label: 'background', color: [ 0, 0, 0 ], pixels: 28387 }
 * // ]
 * console.log(segmenter.labels[classMap[150 * mapWidth + 200]]); // → cat
 * await segmenter.dispose();
 */
export class Segmenter extends ImageTask<SegmentOptions, Segmentation> {
  /** Colour of each class index. */
  readonly colors: readonly Color[];
  protected readonly optionNames = segmentOptionNames;
  readonly #head: SegmentationHead;

  private constructor(loaded: LoadedTask) {
    super(loaded);
    this.#head = headOf(loaded.model, 'segmentation');
    const colors = loaded.model.description.colors ?? pascalColors(this.#head.classes);
    this.colors = Object.freeze(colors.map((color) => Object.freeze<Color>([...color])));
  }

  /**
   * Loads a segmentation model: a name, the path of a model file, or its bytes.
   *
   * Rejects with ERR_INVALID_OPTION, ERR_MODEL_NOT_FOUND, ERR_MODEL_CORRUPT, ERR_MODEL_TASK (a model for something else),
   * ERR_UNSUPPORTED_OPERATION, ERR_NO_DEVICE, ERR_OUT_OF_MEMORY or ERR_NATIVE_LOAD; on abort, with the signal's reason.
   */
  static async load(model: ModelSource, options?: LoadOptions): Promise<Segmenter> {
    return ImageTask.start(model, options, { task: 'segment', of: 'Segmenter.load' }, (loaded) => new Segmenter(loaded));
  }

  /** How many classes the model tells apart. */
  get classes(): number {
    return this.#head.classes;
  }

  /**
   * Segments one image.
   *
   * Rejects with ERR_INVALID_OPTION, ERR_IMAGE_NOT_FOUND, ERR_IMAGE_DECODE, ERR_IMAGE_TOO_LARGE, ERR_DOWNLOAD, ERR_DISPOSED,
   * ERR_DEVICE_LOST (a GPU failed at it; the next call may do), ERR_NO_DEVICE (the GPU is gone),
   * ERR_NATIVE_LOAD (sharp cannot be loaded) or ERR_OUT_OF_MEMORY; on abort, with the signal's reason.
   */
  segment(image: ImageInput, options?: SegmentOptions): Promise<SegmentResult> {
    return this.runImage(image, options, 'segment');
  }

  protected prepare(options: SegmentOptions | undefined, of: string): PreparedCall<Segmentation> {
    const checked = checkOptionNames(options, segmentOptionNames, of);
    const output = checkOneOf('output', checked.output ?? 'source', ['source', 'model']);
    const wantsConfidence = checkBoolean('confidence', checked.confidence ?? false);
    const wantedMasks = this.#checkMasks(checked.masks ?? false);
    const begin = (picture: FramedPicture, signal?: AbortSignal) => {
      const { width, height } = output === 'source' ? picture : this.model.preprocessing;
      const classMap = allocateMap(width, height);
      const confidence = wantsConfidence ? allocateMap(width, height) : undefined;
      const request: NativeSegmentationRequest = {
        type: 'segmentation',
        output: this.#head.output,
        alignCorners: this.#head.alignCorners,
        picture: output === 'source' ? { width, height, region: picture.region } : undefined,
        classMap,
        confidence,
      };
      const finish = async ({ pixelCounts = new Float64Array(), content }: NativeResult): Promise<Segmentation> => {
        const legend = this.#legend(pixelCounts);
        const masked = wantedMasks === true ? legend.map(({ index }) => index) : wantedMasks;
        const masks = masked && (await classMasks(classMap, { width, height }, masked, signal));
        return {
          classMap,
          mapWidth: width,
          mapHeight: height,
          legend,
          ...(confidence && { confidence }),
          ...(masks && { masks: masks.map((mask, i) => ({ ...this.#named(masked[i] as number), mask })) }),
          ...(output === 'model' && { content }),
        };
      };
      return { request, finish };
    };
    return { ...this.prepareImage(checked), begin };
  }

  /** The indices of the classes to make masks of, each once; true for those in the picture, undefined for none. */
  #checkMasks(masks: boolean | readonly ClassName[]): true | number[] | undefined {
    if (typeof masks === 'boolean') {
      return masks || undefined;
    }
    if (!Array.isArray(masks)) {
      throw invalidOption('masks', 'true, false or an array of labels or class indices', masks);
    }
    return [...new Set(resolveClasses('masks', masks, this.labels, this.#head.classes))];
  }

  #named(index: number): { index: number; label: string } {
    return { index, label: labelOf(this.labels, index) };
  }

  #legend(pixelCounts: Float64Array): LegendEntry[] {
    return Array.from(pixelCounts, (pixels, index) => ({ ...this.#named(index), color: this.colors[index] as Color, pixels }))
      .filter(({ pixels }) => pixels > 0)
      .sort((a, b) => b.pixels - a.pixels);
  }
}

/** An async generator of results, and of `Failure`s where the images failed. */
export type SegmentStream<Failure = never> = ResultStream<SegmentResult | Failure>;
