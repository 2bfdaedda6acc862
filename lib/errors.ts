/** Every code a {@link MobileNetError} can carry. Codes are stable; messages may be reworded. */
export type ErrorCode =
  | 'ERR_INVALID_OPTION'
  | 'ERR_MODEL_NOT_FOUND'
  | 'ERR_MODEL_CORRUPT'
  | 'ERR_MODEL_TASK'
  | 'ERR_UNSUPPORTED_OPERATION'
  | 'ERR_CONVERSION_CHECK'
  | 'ERR_IMAGE_NOT_FOUND'
  | 'ERR_IMAGE_DECODE'
  | 'ERR_IMAGE_TOO_LARGE'
  | 'ERR_NO_DEVICE'
  | 'ERR_DEVICE_LOST'
  | 'ERR_OUT_OF_MEMORY'
  | 'ERR_DISPOSED'
  | 'ERR_DOWNLOAD'
  | 'ERR_WRITE'
  | 'ERR_INPUT_NOT_FOUND'
  | 'ERR_INPUT_LOST'
  | 'ERR_ARCHIVE_CORRUPT'
  | 'ERR_JOB_EXISTS'
  | 'ERR_JOB_BUSY'
  | 'ERR_JOB_CHANGED'
  | 'ERR_JOB_CORRUPT'
  | 'ERR_TOO_MANY_ERRORS'
  | 'ERR_POISON_IMAGE'
  | 'ERR_QUEUE'
  | 'ERR_NATIVE_LOAD'
  | 'ERR_INTERNAL';

/**
 * The one error class of this package: a stable `code` and a message that says what was expected and what came.
 *
 * @example
 * import { Classifier, MobileNetError } from 'mobilenet-metal';
 *
 * const classifier = await Classifier.load('mobilenet-v1-0.25-224');
 * try {
 *   await classifier.classify('photos/chelsea.png', { topk: 3 });
 * } catch (error) {
 *   console.log(error instanceof MobileNetError, error.code, error.message);
 * }
 * // → true ERR_INVALID_OPTION unknown option 'topk' of classify: did you mean 'topK'?
 */
export class MobileNetError extends Error {
  /** Says what went wrong, for programs. */
  readonly code: ErrorCode;

  /** Made by the package itself. */
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'MobileNetError';
    this.code = code;
  }
}
