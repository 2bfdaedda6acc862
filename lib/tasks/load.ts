import { isArrayBuffer, isUint8Array } from 'node:util/types';
import { abortable } from '../abort';
import { viewBytes } from '../bytes';
import { MobileNetError } from '../errors';
import { defaultMaxPixels } from '../images/decode';
import type { Head, Task } from '../models/description';
import { loadModelFile, type Model, parseModel } from '../models/model-file';
import { resolveModel } from '../models/registry';
import type { LoadProgress } from '../models/safetensors-file';
import { checkBoolean, checkFunction, checkInteger, checkOneOf, checkOptionNames, checkSignal, invalidOption } from '../options';
import { Session } from '../runtime/session';
import { checkSessionOptions, type SessionOptions, sessionOptionNames } from '../runtime/session-options';

/**
 * A named model (see `listModels`), the path or `file:` URL of a model file, or a model file's bytes, which must not change while it
 * loads. Text with a slash in it or `.safetensors` at its end is a path.
 */
export type ModelSource = string | URL | Uint8Array | ArrayBuffer;

/** Options of `load`, the same for every task. */
export interface LoadOptions extends SessionOptions {
  /**
   * `exact` (the default) decodes every picture whole. `fast` lets large ones (JPEG, PNG, TIFF, WebP, GIF) be shrunk while they are decoded, to
   * no less than the size the network takes in: JPEGs several times faster, all in less memory, for slightly different scores.
   */
  decode?: 'exact' | 'fast';
  /** Largest picture decoded, in pixels; larger ones are ERR_IMAGE_TOO_LARGE. 1 to 2^30, default 2^27. */
  maxPixels?: number;
  /** Runs one black picture through the network, so that the first real one is not the slowest. Default false. */
  warmup?: boolean;
  /** Told how far the reading of the model file has come. */
  onProgress?: (progress: LoadProgress) => void;
  /** Stops the loading. It has no effect once the model is loaded. */
  signal?: AbortSignal;
}

export const loadOptionNames = [
  ...sessionOptionNames,
  'decode',
  'maxPixels',
  'warmup',
  'onProgress',
  'signal',
] as const satisfies (keyof LoadOptions)[];

export interface LoadedTask {
  model: Model;
  session: Session;
  /** What the session was made with. */
  sessionOptions: SessionOptions;
  decode: 'exact' | 'fast';
  maxPixels: number;
  warmup: boolean;
  signal?: AbortSignal;
}

/** What {@link loadTask} needs to know of a task. */
export interface TaskNeeds {
  /** The function's name in messages. */
  of: string;
  /** The only task the model may be for. Absent: any. */
  task?: Task;
  /** Makes of the model what the session is to run. */
  adapt?: (model: Model) => Model;
}

/** Loads a model and starts a session for it, after checking that it does what is needed. */
export async function loadTask(
  source: ModelSource,
  options: LoadOptions | undefined,
  { of, task, adapt = (model) => model }: TaskNeeds,
): Promise<LoadedTask> {
  const { decode, maxPixels, warmup, onProgress, signal, ...rest } = checkOptionNames(options, loadOptionNames, of);
  const sessionOptions = checkSessionOptions(rest);
  const checked = {
    decode: checkOneOf('decode', decode ?? 'exact', ['exact', 'fast']),
    maxPixels: checkInteger('maxPixels', maxPixels ?? defaultMaxPixels, 1, 2 ** 30),
    warmup: checkBoolean('warmup', warmup ?? false),
    signal: signal === undefined ? undefined : checkSignal('signal', signal),
  };
  if (onProgress !== undefined) {
    checkFunction('onProgress', onProgress);
  }
  signal?.throwIfAborted();
  const model = await readModel(source, { signal, onProgress });
  if (task !== undefined) {
    checkTask(model, task, of);
  }
  const creation = Session.create(adapt(model), sessionOptions);
  try {
    return { model, session: await abortable(creation, signal), sessionOptions, ...checked };
  } catch (error) {
    // After an abort the session may still come to be: nobody else would free it.
    creation.then((session) => session.dispose()).catch(() => {});
    throw error;
  }
}

async function readModel(source: ModelSource, options: Pick<LoadOptions, 'signal' | 'onProgress'>): Promise<Model> {
  if ((typeof source === 'string' && source !== '') || source instanceof URL) {
    return loadModelFile((await resolveModel(source)).path, options);
  }
  if (isUint8Array(source) || isArrayBuffer(source)) {
    return parseModel(viewBytes(source), 'the model');
  }
  throw invalidOption('the model', "a model's name, the path of a model file or its bytes", source);
}

function checkTask({ description: { name, task: found } }: Model, expected: Task, of: string): void {
  if (found !== expected) {
    throw new MobileNetError(
      'ERR_MODEL_TASK',
      `${of} needs a model of task '${expected}', but '${name}' is one of task '${found}'`,
    );
  }
}

/** The head of a model that {@link loadTask} found to be one for the head's task. */
export function headOf<Type extends Head['type']>({ description }: Model, type: Type): Extract<Head, { type: Type }> {
  const { head, name } = description;
  if (head?.type !== type) {
    throw new MobileNetError('ERR_MODEL_CORRUPT', `the model '${name}' has no ${type} head`);
  }
  return head as Extract<Head, { type: Type }>;
}
