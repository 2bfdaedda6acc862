import { BridgeEngine } from './bridge-engine';
import type { Engine } from './engine';
import { HttpEngine } from './http-engine';

/** The engine of the page's home: a process of the Electron app whose preload script exposes a bridge, else the server the page came from. */
export function createEngine(): Engine {
  return window.mobilenetBridge ? new BridgeEngine(window.mobilenetBridge) : new HttpEngine();
}
