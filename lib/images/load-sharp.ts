import { MobileNetError } from '../errors';

/**
 * sharp, loaded when something must be decoded or encoded: it takes more time and memory than all the rest of the package, which pictures
 * in raw pixels need not spend. Throws ERR_NATIVE_LOAD with sharp's own advice.
 */
export function loadSharp(): typeof import('sharp') {
  try {
    return require('sharp') as typeof import('sharp');
  } catch (cause) {
    throw new MobileNetError('ERR_NATIVE_LOAD', `could not load sharp, which decodes pictures: ${(cause as Error).message}`, {
      cause,
    });
  }
}
