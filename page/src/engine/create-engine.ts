import { type Engine, EngineError } from './engine';

/** The engine of the page's home: a process of an Electron app where there is a bridge to one, else the server it came from. */
export function createEngine(): Engine {
  throw new EngineError('ERR_INTERNAL', 'no engine has been built into this page');
}
