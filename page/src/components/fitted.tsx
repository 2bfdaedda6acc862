import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { boxAt } from '../drawing/box-layout';
import { classAt } from '../drawing/class-runs';
import { fitInside, type Size } from '../drawing/geometry';
import type { ShownResult } from '../state/shown-result';
import { useSize } from './use-size';
import { useStore } from './use-store';

/** Small pictures are enlarged this many times at most. */
const enlargement = 3;

interface FittedProps {
  /** Of the picture. */
  size: Size;
  /** What the pointer finds on the picture. */
  result: ShownResult | undefined;
  children: ComponentChildren;
  /** What lies over the picture and the room around it. */
  over?: ComponentChildren;
}

/** Shows a picture as large as there is room, in the middle of it. */
export function Fitted({ size, result, children, over }: FittedProps) {
  const { highlight } = useStore();
  const element = useRef<HTMLDivElement>(null);
  const room = useSize(element);
  const fitted = room && room.width > 0 && room.height > 0 ? fitInside(size, room, enlargement) : undefined;
  const touch = (event: PointerEvent) => {
    if (fitted && result && event.pointerType === 'mouse') {
      const { left, top } = (event.currentTarget as HTMLElement).getBoundingClientRect();
      const x = ((event.clientX - left) * result.width) / fitted.width;
      const y = ((event.clientY - top) * result.height) / fitted.height;
      highlight.touch(found(result, x, y));
    }
  };
  return (
    <div class="room" style={{ '--proportion': `${size.width / size.height}` }}>
      <div class="room__inside" ref={element}>
        {fitted && (
          <div
            class="frame"
            style={{ width: `${fitted.width}px`, height: `${fitted.height}px` }}
            onPointerMove={touch}
            onPointerLeave={() => highlight.touch(undefined)}
          >
            {children}
          </div>
        )}
      </div>
      {over}
    </div>
  );
}

/** The box or the class at a point of the picture. */
function found(result: ShownResult, x: number, y: number): number | undefined {
  if (result.task === 'detect') {
    return boxAt(result.detections, x, y);
  }
  if (result.task === 'classify') {
    return undefined;
  }
  const { runs } = result;
  const column = Math.floor((x * runs.width) / result.width);
  const row = Math.floor((y * runs.height) / result.height);
  const inside = column >= 0 && row >= 0 && column < runs.width && row < runs.height;
  const index = inside ? classAt(runs, column, row) : 0;
  // Over the background nothing stands out: the pointer comes across it on its way.
  return index === 0 || !result.legend.some((entry) => entry.index === index) ? undefined : index;
}
