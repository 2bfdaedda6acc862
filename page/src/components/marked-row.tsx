import type { Color } from '../../../lib/images/draw/colors';
import { css } from '../drawing/draw-boxes';
import { percent } from '../state/words';
import { Bar } from './bar';
import { useStore } from './use-store';

interface MarkedRowProps {
  /** What it stands for in the picture: a box's position, or a class's index. */
  what: number;
  label: string;
  color: Color;
  /** 0 to 1. */
  share: number;
  detail?: string;
}

/** A row whose counterpart in the picture stands out while it is pointed at or focused, or once it was chosen. */
export function MarkedRow({ what, label, color, share, detail }: MarkedRowProps) {
  const { highlight } = useStore();
  return (
    <li>
      <button
        type="button"
        class={`row row--marked${highlight.current.value === what ? ' row--highlighted' : ''}`}
        aria-pressed={highlight.pinned.value === what}
        onPointerEnter={({ pointerType }) => pointerType === 'mouse' && highlight.touch(what)}
        onPointerLeave={() => highlight.touch(undefined)}
        onFocus={({ currentTarget }) => currentTarget.matches(':focus-visible') && highlight.touch(what)}
        onBlur={() => highlight.touch(undefined)}
        onClick={() => highlight.togglePin(what)}
      >
        <span class="row__swatch" aria-hidden="true" style={{ '--color': css(color) }} />
        <span class="row__label">{label}</span>
        <span class="row__figure">{percent(share)}</span>
        <Bar share={share} color={css(color)} />
        {detail && <span class="row__detail">{detail}</span>}
      </button>
    </li>
  );
}
