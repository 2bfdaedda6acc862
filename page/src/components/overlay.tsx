import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { layOutBoxes, styleForScreen } from '../drawing/box-layout';
import { drawBoxes, labelFont } from '../drawing/draw-boxes';
import { drawMask } from '../drawing/draw-mask';
import { type Size, shrinkTo } from '../drawing/geometry';
import { tintsOf } from '../drawing/tint';
import type { ShownResult } from '../state/shown-result';

interface OverlayProps {
  result: ShownResult | undefined;
  /** Whether boxes get labels. */
  labels: boolean;
  /** Of masks, 0 to 1. */
  opacity: number;
  /** A box by its position, or a class by its index. */
  highlighted?: number;
}

/** Longest side of the canvas, in its own pixels. */
const longest = 4096;

/** Draws a result over the element it lies in, in the screen's own pixels. */
export function Overlay({ result, labels, opacity, highlighted }: OverlayProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useDevicePixels(canvas);
  useLayoutEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || !size) {
      return;
    }
    if (element.width !== size.width || element.height !== size.height) {
      element.width = size.width;
      element.height = size.height;
    } else {
      context.clearRect(0, 0, size.width, size.height);
    }
    const density = size.width / (element.clientWidth || size.width);
    if (result?.task === 'detect') {
      const style = styleForScreen(size, density);
      context.font = labelFont(style.fontSize);
      const measure = labels ? (text: string) => context.measureText(text).width : undefined;
      drawBoxes(context, layOutBoxes(result.detections, result, size, style, measure, highlighted), style);
    } else if (result?.task === 'segment') {
      drawMask(context, result.runs, tintsOf(result.legend, opacity, highlighted), 1.5 * density);
    }
  }, [result, labels, opacity, highlighted, size]);
  // A canvas that is left to the garbage collector keeps its memory for long.
  useLayoutEffect(() => {
    const element = canvas.current;
    return () => {
      if (element) {
        element.width = 0;
      }
    };
  }, []);
  return (
    <span class="overlay" aria-hidden="true">
      <canvas ref={canvas} />
    </span>
  );
}

function useDevicePixels(canvas: { current: HTMLCanvasElement | null }): Size | undefined {
  const [size, setSize] = useState<Size>();
  useLayoutEffect(() => {
    const element = canvas.current;
    if (!element) {
      return;
    }
    const observer = new ResizeObserver(([entry]) => {
      const [device] = entry?.devicePixelContentBoxSize ?? [];
      const width = exactly(device?.inlineSize, element.clientWidth);
      const height = exactly(device?.blockSize, element.clientHeight);
      if (width > 0 && height > 0) {
        setSize(shrinkTo({ width, height }, longest));
      }
    });
    try {
      observer.observe(element, { box: 'device-pixel-content-box' });
    } catch {
      observer.observe(element);
    }
    return () => observer.disconnect();
  }, [canvas]);
  return size;
}

/** A length in the screen's pixels: the one the browser reports, unless it emulates another screen and reports that of the one it has. */
function exactly(reported: number | undefined, length: number): number {
  const computed = Math.round(length * devicePixelRatio);
  return reported !== undefined && Math.abs(reported - computed) <= 2 ? reported : computed;
}
