import { CAT_PHOTO } from '../cat-photo';
import { decodeImage, defaultMaxPixels } from '../images/decode';
import { checkImage } from '../images/image';
import type { NativeFrame } from '../runtime/native';

// Taken out of the loop below: globals are slow inside Jest.
const { imul } = Math;

function wholeFrame(pixels: Uint8Array, width: number, height: number): NativeFrame {
  return { pixels, width, height, region: { x: 0, y: 0, width, height }, rotation: 0 };
}

/** Pixels without a pattern, the same for the same seed: Numerical Recipes' `ranqd1`, the upper byte. */
export function noisePicture(width: number, height: number, seed: number): NativeFrame {
  const pixels = new Uint8Array(width * height * 3);
  let state = seed;
  for (let index = 0; index < pixels.length; index++) {
    state = (imul(state, 1664525) + 1013904223) >>> 0;
    pixels[index] = state >>> 24;
  }
  return wholeFrame(pixels, width, height);
}

/** Rejects with ERR_IMAGE_NOT_FOUND when the installation is damaged. */
export async function photo(): Promise<NativeFrame> {
  const { pixels, width, height } = await decodeImage(checkImage(CAT_PHOTO), { maxPixels: defaultMaxPixels });
  return wholeFrame(pixels, width, height);
}
