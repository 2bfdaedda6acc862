import { isArrayBuffer, isUint8Array } from 'node:util/types';
import { viewBytes } from '../bytes';
import { MobileNetError } from '../errors';
import { findLayer, type Layer, listLayers, type NamedShape, quoteSome, toNamedShapes } from '../graph/layers';
import type { Shape } from '../graph/types';
import type { ImageInput } from '../images/image';
import { defaultLayer, featureMaps } from '../models/default-layer';
import type { ModelDescription } from '../models/description';
import type { Model } from '../models/model-file';
import { tapModel } from '../models/tap-model';
import { checkBoolean, checkOneOf, checkOptionNames } from '../options';
import type { NativeEmbeddingRequest, NativeResult, NativeTensor } from '../runtime/native';
import { Session } from '../runtime/session';
import { type ImageOptions, type ImageResult, ImageTask, imageOptionNames, type PreparedCall, type ResultStream } from './base';
import { LayerSessions } from './layer-sessions';
import { type LoadedTask, type LoadOptions, loadOptionNames, type ModelSource } from './load';

/** Options of {@link Embedder.load}. */
export interface EmbedderLoadOptions extends LoadOptions {
  /**
   * The layer that `embed` takes unless told otherwise. Default, for models that classify or segment: what the last convolution before
   * the head reads (for a classifier the pooled features); for models without a head: their first output. Detectors have none.
   */
  layer?: string;
}

/** Options of {@link Embedder.embed}. */
export interface EmbedOptions extends ImageOptions {
  /**
   * Name of the layer whose values become the embedding, one of {@link Embedder.layers}. Default: {@link Embedder.layer}. The first call
   * that names a layer starts a network for it, which has only the operations up to that layer; at most 16 layers of one embedder.
   */
  layer?: string;
  /**
   * What becomes of the layer's rows and columns: each channel's `average` (the default), its `max`, or with `none` all the numbers, row
   * by row, the channels of a pixel together. Where the model pads its input, the padding counts.
   */
  pooling?: 'average' | 'max' | 'none';
  /** Divide the embedding by its Euclidean length; one that is all zeros stays so. Default true. */
  l2Normalize?: boolean;
}

export const embedOptionNames = [
  ...imageOptionNames,
  'layer',
  'pooling',
  'l2Normalize',
] as const satisfies (keyof EmbedOptions)[];

/** The task's own fields of an {@link EmbedResult}. */
interface Embedding {
  /** The vector: `shape.height * shape.width * shape.channels` numbers, the channels of a pixel together. */
  embedding: Float32Array;
  /** Rows, columns and channels of the embedding: one row and one column unless `pooling` is `none`. */
  shape: Shape;
  /** Name of the layer it is from. */
  layer: string;
}

/** What {@link Embedder.embed} makes of a picture. */
export interface EmbedResult extends ImageResult, Embedding {}

/** The layer to tap. Throws ERR_INVALID_OPTION for one that does not exist, and where it must be named and is not. */
function chooseLayer(description: ModelDescription, name: string | undefined): Layer {
  const layers = listLayers(description.graph);
  const layer = name === undefined ? defaultLayer(description) : findLayer(layers, name, 'layer');
  if (!layer) {
    const { graph, head } = description;
    const candidates = head?.type === 'detection' ? featureMaps(graph, head) : [];
    const names = candidates.length > 0 ? candidates : layers.map((each) => each.name);
    throw new MobileNetError(
      'ERR_INVALID_OPTION',
      `expected the name of a layer for layer, as the model '${description.name}' has none to take by default: ${quoteSome(names)}`,
    );
  }
  return layer;
}

/** A model that makes one value, as the output of the same name. */
function tapValue(model: Model, value: string): Model {
  return tapModel(model, [{ name: value, value }]);
}

/** Bytes that are nobody else's: sessions are made from them long after `load`. */
function ownBytes(model: ModelSource): ModelSource {
  return isUint8Array(model) || isArrayBuffer(model) ? new Uint8Array(viewBytes(model)) : model;
}

/**
 * Makes of a picture a vector that says what it shows: the output of one of a network's layers. Pictures alike in kind have vectors
 * alike in direction, see `cosineSimilarity`. Takes models for any task.
 *
 * @example
 * import { Embedder } from 'mobilenet-metal';
 *
 * const embedder = await Embedder.load('mobilenet-v1-0.25-224');
 * const { embedding, layer } = await embedder.embed('photos/chelsea.png');
 * console.log(embedding.length, layer); // → 256 MobilenetV1/Logits/global_pool
 * await embedder.dispose();
 */
export class Embedder extends ImageTask<EmbedOptions, Embedding> {
  /** The layers that can be named, in the order the network computes them; shapes as before any pooling. */
  readonly layers: readonly NamedShape[];
  /** The layer that `embed` takes unless told otherwise. */
  readonly layer: string;

  protected readonly optionNames = embedOptionNames;
  readonly #layers: readonly Layer[];
  readonly #default: Layer;
  readonly #sessions: LayerSessions;
  #disposal: Promise<void> | undefined;

  private constructor(loaded: LoadedTask, layer: Layer) {
    super(loaded);
    const { model, session, sessionOptions } = loaded;
    this.#layers = listLayers(model.description.graph);
    this.#default = layer;
    this.layers = toNamedShapes(this.#layers);
    this.layer = layer.name;
    this.#sessions = new LayerSessions({ value: layer.value, session }, (value) =>
      Session.create(tapValue(model, value), sessionOptions),
    );
  }

  /**
   * Loads a model for any task: a name, the path of a model file, or its bytes. The weights stay in memory beside those of the sessions,
   * for further layers.
   *
   * Rejects with ERR_INVALID_OPTION (also when the model is a detector and `layer` is missing), ERR_MODEL_NOT_FOUND, ERR_MODEL_CORRUPT,
   * ERR_UNSUPPORTED_OPERATION, ERR_NO_DEVICE, ERR_OUT_OF_MEMORY or ERR_NATIVE_LOAD; on abort, with the signal's reason.
   */
  static async load(model: ModelSource, options?: EmbedderLoadOptions): Promise<Embedder> {
    const of = 'Embedder.load';
    const { layer: name, ...rest } = checkOptionNames(options, [...loadOptionNames, 'layer'], of);
    const adapt = (whole: Model) => tapValue(whole, chooseLayer(whole.description, name).value);
    return ImageTask.start(
      ownBytes(model),
      rest,
      { of, adapt },
      (loaded) => new Embedder(loaded, chooseLayer(loaded.model.description, name)),
    );
  }

  /**
   * Embeds one image.
   *
   * Rejects with ERR_INVALID_OPTION (also for a seventeenth layer), ERR_IMAGE_NOT_FOUND, ERR_IMAGE_DECODE, ERR_IMAGE_TOO_LARGE,
   * ERR_DOWNLOAD, ERR_DISPOSED, ERR_DEVICE_LOST (a GPU failed at it; the next call may do), ERR_NO_DEVICE (the GPU is gone),
   * ERR_NATIVE_LOAD (sharp cannot be loaded) or ERR_OUT_OF_MEMORY; on abort, with the signal's reason.
   */
  embed(image: ImageInput, options?: EmbedOptions): Promise<EmbedResult> {
    return this.runImage(image, options, 'embed');
  }

  /** As {@link ImageTask.dispose}, with the networks of further layers. */
  override dispose(): Promise<void> {
    this.#disposal ??= Promise.all([super.dispose(), this.#sessions.dispose()]).then(() => {});
    return this.#disposal;
  }

  protected prepare(options: EmbedOptions | undefined, of: string): PreparedCall<Embedding> {
    const checked = checkOptionNames(options, embedOptionNames, of);
    const { layer: name, pooling = 'average', l2Normalize = true } = checked;
    const layer = name === undefined ? this.#default : findLayer(this.#layers, name, 'layer');
    const request: NativeEmbeddingRequest = {
      type: 'embedding',
      output: layer.value,
      pooling: checkOneOf('pooling', pooling, ['average', 'max', 'none']),
      l2Normalize: checkBoolean('l2Normalize', l2Normalize),
    };
    const finish = (result: NativeResult) => {
      const { data, shape } = result.embedding as NativeTensor; // what the request asks for
      return { embedding: data, shape, layer: layer.name };
    };
    return {
      ...this.prepareImage(checked),
      begin: () => ({ request, finish }),
      session: () => this.#sessions.get(layer.value),
    };
  }
}

/** An async generator of results, and of `Failure`s where the images failed. */
export type EmbedStream<Failure = never> = ResultStream<EmbedResult | Failure>;
