import type { WebContents } from 'electron';

/** A page whose process ends again sooner than this would only do so once more. */
const soonMilliseconds = 10_000;

/** Loads a page anew whose process has gone, but not again and again: `onGivenUp` learns of the second time in a row. */
export function reloadWhenGone(page: WebContents, onGivenUp: (reason: string) => void): void {
  let reloadedAt = Number.NEGATIVE_INFINITY;
  page.on('render-process-gone', (_, { reason }) => {
    if (reason === 'clean-exit') {
      return;
    }
    console.error(`the page's process is gone: ${reason}`);
    if (performance.now() - reloadedAt < soonMilliseconds) {
      onGivenUp(reason);
      return;
    }
    reloadedAt = performance.now();
    page.reload();
  });
}
