import type { Detection } from '../../../lib';
import { classColor } from '../../../lib/images/draw/colors';
import { MarkedRow } from './marked-row';

export function Detections({ result: { detections } }: { result: { detections: Detection[] } }) {
  if (detections.length === 0) {
    return <p class="section__nothing">Nothing scores that much.</p>;
  }
  return (
    <ul class="rows">
      {detections.map(({ index, label, score, box }, position) => (
        <MarkedRow
          key={`${position} ${label}`}
          what={position}
          label={label}
          color={classColor(index)}
          share={score}
          detail={`${Math.round(box.width)} × ${Math.round(box.height)} at ${Math.round(box.x)}, ${Math.round(box.y)}`}
        />
      ))}
    </ul>
  );
}
