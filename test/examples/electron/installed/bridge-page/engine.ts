// What the tests in Chromium call: the page's engine over the bridge that the preload script exposed.
import type { MobileNetBridge } from '../../../../../page/src/engine/bridge';
import { BridgeEngine } from '../../../../../page/src/engine/bridge-engine';

Object.assign(window, { engine: new BridgeEngine(window.mobilenetBridge as MobileNetBridge) });
