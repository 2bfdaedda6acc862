import { MobileNetError } from '../errors';
import { findLayer, listLayers, type NamedShape, nearestLayer, quoteSome, toNamedShapes } from '../graph/layers';
import type { Graph, GraphOutput, Shape } from '../graph/types';
import type { ImageInput } from '../images/image';
import type { Model } from '../models/model-file';
import { tapModel } from '../models/tap-model';
import { checkOptionNames, describe, invalidOption } from '../options';
import type { NativeOutputsRequest, NativeResult, NativeTensor } from '../runtime/native';
import { type ImageOptions, type ImageResult, ImageTask, imageOptionNames, type PreparedCall, type ResultStream } from './base';
import { type LoadedTask, type LoadOptions, loadOptionNames, type ModelSource } from './load';

/** Options of {@link Network.load}. */
export interface NetworkLoadOptions extends LoadOptions {
  /**
   * Layers to hand out beside the network's own outputs, by the names of their operations. The memory of a layer that is handed out cannot
   * be used again by the layers after it. Default: none.
   */
  layers?: readonly string[];
}

/** Options of {@link Network.run}. */
export interface RunOptions extends ImageOptions {
  /** Names of the outputs to return, of {@link Network.outputs}. Default: all of them. */
  outputs?: readonly string[];
}

const runOptionNames = [...imageOptionNames, 'outputs'] as const satisfies (keyof RunOptions)[];

/** One output's numbers. */
export interface OutputTensor {
  /** Rows, columns, channels. */
  shape: Shape;
  /** Row by row, the channels of a pixel together. */
  data: Float32Array;
}

/** The task's own fields of a {@link RunResult}. */
interface Outputs {
  /** By name. Has no prototype, so that any name is safe. */
  outputs: Record<string, OutputTensor>;
}

/** What {@link Network.run} hands out. */
export interface RunResult extends ImageResult, Outputs {}

/** The graph's own outputs, then the layers that are not among them. */
function tappedOutputs(graph: Graph, layers: unknown): GraphOutput[] {
  if (!Array.isArray(layers)) {
    throw invalidOption('layers', 'an array of names of layers', layers);
  }
  const known = listLayers(graph);
  const outputs = new Map(graph.outputs.map(({ name, value }) => [name, value]));
  for (const wanted of layers) {
    const { name, value } = findLayer(known, wanted, 'layers');
    outputs.set(name, value); // a layer of an output's name is that output
  }
  return Array.from(outputs, ([name, value]) => ({ name, value }));
}

/**
 * Runs a network and hands out its raw outputs, for those who have a head of their own, such as a classifier trained on the features.
 * Takes models for any task.
 *
 * @example
 * import { Network } from 'mobilenet-metal';
 *
 * const network = await Network.load('mobilenet-v1-0.25-224', { layers: ['MobilenetV1/Logits/global_pool'] });
 * const { outputs } = await network.run('photos/chelsea.png');
 * for (const [name, { shape, data }] of Object.entries(outputs)) {
 *   console.log(name, shape.channels, data[0].toFixed(1));
 * }
 * // → logits 1001 -4.8
 * //   MobilenetV1/Logits/global_pool 256 2.5
 * await network.dispose();
 */
export class Network extends ImageTask<RunOptions, Outputs> {
  /** What `run` can return: the network's own outputs, then the `layers` it was loaded with. */
  readonly outputs: readonly NamedShape[];

  protected readonly optionNames = runOptionNames;
  readonly #layerNames: ReadonlySet<string>;

  private constructor(loaded: LoadedTask) {
    super(loaded);
    this.outputs = toNamedShapes(loaded.session.outputs);
    this.#layerNames = new Set(listLayers(loaded.model.description.graph).map(({ name }) => name));
  }

  /**
   * Loads a model for any task: a name, the path of a model file, or its bytes.
   *
   * Rejects with ERR_INVALID_OPTION, ERR_MODEL_NOT_FOUND, ERR_MODEL_CORRUPT, ERR_UNSUPPORTED_OPERATION, ERR_NO_DEVICE,
   * ERR_OUT_OF_MEMORY or ERR_NATIVE_LOAD; on abort, with the signal's reason.
   */
  static async load(model: ModelSource, options?: NetworkLoadOptions): Promise<Network> {
    const of = 'Network.load';
    const { layers = [], ...rest } = checkOptionNames(options, [...loadOptionNames, 'layers'], of);
    const adapt = (whole: Model) => tapModel(whole, tappedOutputs(whole.description.graph, layers));
    return ImageTask.start(model, rest, { of, adapt }, (loaded) => new Network(loaded));
  }

  /**
   * Runs one image through the network.
   *
   * Rejects with ERR_INVALID_OPTION, ERR_IMAGE_NOT_FOUND, ERR_IMAGE_DECODE, ERR_IMAGE_TOO_LARGE, ERR_DOWNLOAD, ERR_DISPOSED,
   * ERR_DEVICE_LOST (a GPU failed at it; the next call may do), ERR_NO_DEVICE (the GPU is gone),
   * ERR_NATIVE_LOAD (sharp cannot be loaded) or ERR_OUT_OF_MEMORY; on abort, with the signal's reason.
   */
  run(image: ImageInput, options?: RunOptions): Promise<RunResult> {
    return this.runImage(image, options, 'run');
  }

  protected prepare(options: RunOptions | undefined, of: string): PreparedCall<Outputs> {
    const checked = checkOptionNames(options, runOptionNames, of);
    const names = checked.outputs === undefined ? this.outputs.map(({ name }) => name) : this.#checkOutputs(checked.outputs);
    const request: NativeOutputsRequest = { type: 'outputs', outputs: names };
    const finish = ({ outputs: given = {} }: NativeResult) => {
      const outputs = Object.create(null) as Record<string, OutputTensor>;
      for (const name of names) {
        outputs[name] = given[name] as NativeTensor; // what the request asks for
      }
      return { outputs };
    };
    return { ...this.prepareImage(checked), begin: () => ({ request, finish }) };
  }

  #checkOutputs(names: unknown): string[] {
    if (!Array.isArray(names) || names.length === 0) {
      throw invalidOption('outputs', 'an array of at least one name of an output', names);
    }
    const known = this.outputs.map(({ name }) => name);
    for (const name of names) {
      if (typeof name !== 'string') {
        throw invalidOption('outputs', 'names of outputs', name);
      }
      if (!known.includes(name)) {
        throw this.#unknownOutput(name, known);
      }
    }
    return [...new Set<string>(names)];
  }

  #unknownOutput(name: string, known: readonly string[]): MobileNetError {
    const guess = nearestLayer(name, known);
    let hint = guess ? `did you mean '${guess}'?` : `it has ${quoteSome(known)}`;
    if (this.#layerNames.has(name)) {
      hint = 'that is a layer, which Network.load hands out when its option layers names it';
    }
    return new MobileNetError('ERR_INVALID_OPTION', `outputs: the network has no output ${describe(name)}: ${hint}`);
  }
}

/** An async generator of results, and of `Failure`s where the images failed. */
export type RunStream<Failure = never> = ResultStream<RunResult | Failure>;
