import { setTimeout } from 'node:timers/promises';

/** Resolves once `condition` holds; rejects after ten seconds. */
export async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > end) {
      throw new Error(`in vain: ${condition}`);
    }
    await setTimeout(5);
  }
}
