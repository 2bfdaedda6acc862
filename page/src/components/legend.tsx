import type { KeptSegmentation } from '../state/shown-result';
import { MarkedRow } from './marked-row';

/** The classes in the picture, with their shares of it. */
export function Legend({ result: { legend, runs } }: { result: KeptSegmentation }) {
  return (
    <ul class="rows">
      {legend.map(({ index, label, color, pixels }) => (
        <MarkedRow key={index} what={index} label={label} color={color} share={pixels / (runs.width * runs.height)} />
      ))}
    </ul>
  );
}
