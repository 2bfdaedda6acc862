import { EngineError } from '../engine/engine';

/** Whatever was thrown, as an error of the engine's. */
export function toEngineError(error: unknown): EngineError {
  if (error instanceof EngineError) {
    return error;
  }
  return new EngineError('ERR_INTERNAL', error instanceof Error ? error.message : String(error));
}

const titles: Partial<Record<EngineError['code'], string>> = {
  ERR_IMAGE_DECODE: 'Not an image',
  ERR_IMAGE_TOO_LARGE: 'Too large',
  ERR_BODY_TOO_LARGE: 'Too large',
  ERR_SERVER_GONE: 'No answer',
  ERR_BUSY: 'Busy',
  ERR_TIMEOUT: 'Took too long',
  ERR_DEVICE_LOST: 'The GPU failed',
  ERR_NO_DEVICE: 'Device not found',
  ERR_MODEL_NOT_FOUND: 'Model not found',
  ERR_OUT_OF_MEMORY: 'Out of memory',
};

/** An error in two or three words. */
export function titleOf(error: EngineError): string {
  return titles[error.code] ?? 'Failed';
}

/** Whether the same picture may well succeed later. */
export function mayPass(error: EngineError): boolean {
  return !['ERR_IMAGE_DECODE', 'ERR_IMAGE_TOO_LARGE', 'ERR_BODY_TOO_LARGE'].includes(error.code);
}
