import type { ComponentChildren } from 'preact';
import { Icon } from './icon';

/** A message across the page. */
export function Strip({ kind, children }: { kind: 'info' | 'warning'; children: ComponentChildren }) {
  return (
    <div class={`strip strip--${kind}`} role={kind === 'warning' ? 'alert' : undefined}>
      <Icon name={kind} />
      <div class="strip__content">{children}</div>
    </div>
  );
}
