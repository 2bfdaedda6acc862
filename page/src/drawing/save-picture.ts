import type { ShownResult } from '../state/shown-result';
import { layOutBoxes, styleForSaving } from './box-layout';
import { drawBoxes, labelFont } from './draw-boxes';
import { drawWholeMask, release } from './draw-mask';
import { tintsOf } from './tint';

/**
 * The photo with what was found on it, at its own size, as a PNG.
 *
 * @param opacity of a mask, 0 to 1
 * @throws where the browser cannot show the photo, or has no canvas that large
 */
export async function annotatedPicture(photo: Blob, result: ShownResult, opacity: number): Promise<Blob> {
  const { width, height } = result;
  const bitmap = await createImageBitmap(photo);
  const canvas = new OffscreenCanvas(width, height);
  try {
    const context = canvas.getContext('2d');
    if (!context) {
      throw new Error(`this browser cannot draw pictures of ${width} x ${height} pixels`);
    }
    context.drawImage(bitmap, 0, 0, width, height);
    bitmap.close();
    const style = styleForSaving(result);
    if (result.task === 'detect') {
      context.font = labelFont(style.fontSize);
      const measure = (text: string) => context.measureText(text).width;
      drawBoxes(context, layOutBoxes(result.detections, result, result, style, measure), style);
    } else if (result.task === 'segment') {
      drawWholeMask(context, result.runs, tintsOf(result.legend, opacity), style.outlineWidth);
    }
    return await canvas.convertToBlob({ type: 'image/png' });
  } finally {
    bitmap.close();
    release(canvas);
  }
}
