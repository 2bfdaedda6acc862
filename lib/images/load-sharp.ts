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

/**
 * Has libvips forget the operations it keeps in case they are asked for again, and with them what their decoders hold. Nothing else frees
 * that: libvips counts the pixels it keeps, and neither a GIF's whole picture nor the coefficients of a progressive JPEG, of which it would
 * keep a handful. The limits of the cache, which are the program's own affair, stay as they are.
 */
export function emptyOperationCache(): void {
  const { cache } = loadSharp();
  const { memory, files, items } = cache();
  cache(false);
  cache({ memory: memory.max, files: files.max, items: items.max });
}
