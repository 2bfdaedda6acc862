import type { Engine } from './engine';
import { HttpEngine } from './http-engine';

/** The engine of the page's home. */
export function createEngine(): Engine {
  return new HttpEngine();
}
