import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';

let focusedBefore = false;
if (typeof document !== 'undefined') {
  document.addEventListener('focusin', () => {
    focusedBefore = true;
  });
}

/**
 * Focuses a button in an element when it appears, if what was focused is gone: whoever uses the keyboard goes on from there, and not from the top of
 * the page.
 *
 * @param wanted selects the button; the first one otherwise
 */
export function useFocusHome(element: RefObject<HTMLElement | null>, wanted = 'button'): void {
  // Not before the other components have changed, too: what was focused may lie in one of them.
  useEffect(() => {
    if (focusedBefore && document.activeElement === document.body) {
      const button = element.current?.querySelector<HTMLElement>(wanted) ?? element.current?.querySelector<HTMLElement>('button');
      button?.focus();
    }
  }, [element, wanted]);
}
