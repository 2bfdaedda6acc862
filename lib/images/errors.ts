import { MobileNetError } from '../errors';

export function undecodable(name: string, why: string, cause?: unknown): MobileNetError {
  return new MobileNetError('ERR_IMAGE_DECODE', `cannot decode ${name}: ${why}`, { cause });
}

/**
 * A picture that libvips cannot decode. Its words for why are of no use to those who compare runs: the library has one place for the errors of
 * all its threads, and they overwrite one another's.
 */
export class DamagedImageError extends MobileNetError {
  /** What is the same in every run. */
  readonly certain: string;

  constructor(name: string, detail: string, cause: unknown) {
    const certain = `cannot decode ${name}`;
    super('ERR_IMAGE_DECODE', `${certain}: ${detail}`, { cause });
    this.certain = `${certain}: it is damaged`;
  }
}

export function tooLarge(name: string, width: number, height: number, maxPixels: number): MobileNetError {
  return new MobileNetError(
    'ERR_IMAGE_TOO_LARGE',
    `${name} has ${width} x ${height} pixels, more than maxPixels allows (${maxPixels})`,
  );
}

export function tooManyBytes(name: string, maxBytes: number): MobileNetError {
  return new MobileNetError(
    'ERR_IMAGE_TOO_LARGE',
    `${name} is larger than ${maxBytes / 2 ** 20} MiB, the most that is read of one image`,
  );
}
