import { loadSharp } from '../../images/load-sharp';

/**
 * Pictures in work are what keeps the processors busy: libvips need not divide each of them as well, nor keep what is never asked for again. For
 * processes of our own: it is so for all that use sharp in it.
 */
export function tuneSharpForThroughput(): void {
  const sharp = loadSharp();
  sharp.concurrency(1);
  sharp.cache(false);
}
