import { signal } from '@preact/signals';
import type { DeviceInfo } from '../../../lib';
import type { Engine, EngineError, EngineInfo, EngineModel } from '../engine/engine';
import { toEngineError } from './errors';

export type ConnectionState = { kind: 'connecting' } | { kind: 'ready' } | { kind: 'gone'; error: EngineError; trying: boolean };

/** Milliseconds from one try to the next, growing to the last. */
const pauses = [500, 1000, 2000, 4000];

/** Whether the engine answers, and what it has. Where it does not, tries again until it does. */
export class Connection {
  readonly state = signal<ConnectionState>({ kind: 'connecting' });
  readonly info = signal<EngineInfo | undefined>(undefined);
  readonly models = signal<EngineModel[]>([]);
  readonly devices = signal<DeviceInfo[]>([]);
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #connecting = false;

  constructor(readonly engine: Engine) {}

  /** Asks the engine for all it has. */
  async connect(): Promise<void> {
    if (this.#connecting) {
      return;
    }
    clearTimeout(this.#timer);
    this.#connecting = true;
    if (this.state.value.kind === 'gone') {
      this.state.value = { ...this.state.value, trying: true };
    }
    try {
      const [info, models, devices] = await Promise.all([
        this.engine.describe(),
        this.engine.listModels(),
        this.engine.listDevices(),
      ]);
      this.#connecting = false;
      this.#tries = 0;
      this.info.value = info;
      this.models.value = models;
      this.devices.value = devices;
      this.state.value = { kind: 'ready' };
    } catch (error) {
      this.#connecting = false;
      this.lost(toEngineError(error));
    }
  }

  /** Told by whoever met a dead engine. */
  lost(error: EngineError): void {
    if (this.#connecting) {
      return;
    }
    clearTimeout(this.#timer);
    this.state.value = { kind: 'gone', error, trying: false };
    this.#timer = setTimeout(() => this.connect(), pauses[Math.min(this.#tries++, pauses.length - 1)]);
  }

  /** Looks anew which models are here: one may have been pulled. */
  async refreshModels(): Promise<void> {
    try {
      this.models.value = await this.engine.listModels();
    } catch (error) {
      this.lost(toEngineError(error));
    }
  }
}
