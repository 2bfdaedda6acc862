import { type ErrorCode, MobileNetError } from '../errors';
import type { Shape } from '../graph/types';
import { Limiter } from '../limiter';
import { generateAnchors } from '../models/anchors';
import type { DetectionHead } from '../models/description';
import type { Model } from '../models/model-file';
import { type Execution, planExecution } from './execution';
import { loadAddon } from './load-addon';
import type { NativeDetectionHead, NativeFrame, NativeRequest, NativeResult, NativeSession } from './native';
import { checkSessionOptions, type InternalSessionOptions } from './session-options';

/** The code of a native error. Not by instanceof: the addon makes its errors in the main context, which need not be the caller's. */
function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

/** The native layer's errors carry a code already; anything else is a defect of ours. */
function translate(error: unknown): unknown {
  if (error instanceof MobileNetError) {
    return error;
  }
  const code = codeOf(error);
  return code?.startsWith('ERR_') ? new MobileNetError(code as ErrorCode, (error as Error).message, { cause: error }) : error;
}

function nativeDetectionHead({ type: _, anchors, nonMaxSuppression, ...head }: DetectionHead): NativeDetectionHead {
  return { ...head, anchors: generateAnchors(anchors), scoreThreshold: nonMaxSuppression.scoreThreshold };
}

/**
 * A network on a device, ready to run frames. Frames run in the order of the calls; at most `framesInFlight` (on a GPU
 * `framesInFlight` times `batchSize`) are with the device at a time, the others wait here, where an abort costs nothing.
 */
export class Session {
  readonly device: 'cpu' | 'metal';
  /** For people: instruction set and threads, or GPU, precision and frames in flight. */
  readonly details: string;
  /** Frames that are with the device at a time, at most. */
  readonly framesAtOnce: number;
  /** Bytes held by activations and packed weights. */
  readonly memory: { activations: number; weights: number };
  readonly outputs: { name: string; shape: Shape }[];

  readonly #native: NativeSession;
  readonly #places: Limiter;
  #nextId = 0;
  #disposal: Promise<void> | undefined;

  private constructor(native: NativeSession, { device, framesAtOnce, details }: Execution) {
    this.#native = native;
    this.device = device;
    this.framesAtOnce = framesAtOnce;
    this.details = `${native.description}, ${details}`;
    this.memory = native.memory;
    this.outputs = native.outputs;
    this.#places = new Limiter(framesAtOnce);
  }

  /**
   * Compiles the network and packs its weights, off the JavaScript thread.
   * Throws ERR_INVALID_OPTION, ERR_NO_DEVICE, ERR_MODEL_CORRUPT, ERR_UNSUPPORTED_OPERATION, ERR_OUT_OF_MEMORY, ERR_NATIVE_LOAD.
   */
  static async create(model: Model, options: InternalSessionOptions = {}): Promise<Session> {
    const execution = planExecution(checkSessionOptions(options));
    const { graph, preprocessing, head } = model.description;
    const detection = head?.type === 'detection' ? nativeDetectionHead(head) : undefined;
    try {
      const native = await loadAddon().createSession(
        { graph, preprocessing, detection, tensors: model.tensors, data: model.data },
        execution.options,
      );
      return new Session(native, execution);
    } catch (error) {
      throw translate(error);
    }
  }

  get disposed(): boolean {
    return this.#disposal !== undefined;
  }

  /**
   * Runs one frame. The frame's pixels must be neither changed nor transferred until the promise settles.
   * Rejects with the signal's reason when aborted, with ERR_DISPOSED after dispose(), with ERR_DEVICE_LOST when a GPU failed at it, with
   * ERR_NO_DEVICE when the GPU is gone and there is no other to go on with, with ERR_OUT_OF_MEMORY, and with ERR_INVALID_OPTION for what
   * does not fit. After ERR_DEVICE_LOST the session recovers by itself: the next frame sets everything up anew.
   */
  async run(frame: NativeFrame, request: NativeRequest, signal?: AbortSignal): Promise<NativeResult> {
    const called = performance.now();
    this.#checkAlive();
    const leave = await this.#places.acquire(signal);
    const entered = performance.now();
    const id = this.#nextId++;
    const cancel = () => this.#native.cancel(id);
    try {
      signal?.throwIfAborted();
      this.#checkAlive();
      signal?.addEventListener('abort', cancel, { once: true });
      const result = await this.#native.run(id, frame, request);
      result.timing.queue += entered - called;
      return result;
    } catch (error) {
      if (signal?.aborted && (error === signal.reason || codeOf(error) === 'ERR_ABORTED')) {
        throw signal.reason;
      }
      throw translate(error);
    } finally {
      signal?.removeEventListener('abort', cancel);
      leave();
    }
  }

  /** Rejects what waits or runs with ERR_DISPOSED and frees the memory. Idempotent. */
  dispose(): Promise<void> {
    this.#disposal ??= this.#native.dispose();
    return this.#disposal;
  }

  #checkAlive(): void {
    if (this.disposed) {
      throw new MobileNetError('ERR_DISPOSED', 'the session has been disposed');
    }
  }
}
