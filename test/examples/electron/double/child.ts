// Runs in the process behind UtilityProcessDouble: makes `process.parentPort`, then starts the app's utility module.
import { EventEmitter } from 'node:events';
import { unpackedPath } from '../../../../examples/electron/src/utility/unpacked-path';
import type { Envelope } from './utility-process';

const send = (envelope: Envelope) => process.send?.(envelope);

class Port extends EventEmitter {
  readonly #number: number;
  #queue: unknown[] | undefined = [];

  constructor(number: number) {
    super();
    this.#number = number;
  }

  postMessage(data: unknown, transfer: unknown[] = []): void {
    if (transfer.length > 0) {
      throw new TypeError('Invalid value for transfer');
    }
    send({ kind: 'port', port: this.#number, data });
  }

  start(): void {
    const queue = this.#queue ?? [];
    this.#queue = undefined;
    for (const data of queue) {
      this.emit('message', { data, ports: [] });
    }
  }

  close(): void {
    send({ kind: 'close', port: this.#number });
  }

  receive(data: unknown): void {
    if (this.#queue) {
      this.#queue.push(data);
    } else {
      this.emit('message', { data, ports: [] });
    }
  }
}

const ports: Port[] = [];
const parentPort = Object.assign(new EventEmitter(), {
  postMessage: (data: unknown) => send({ kind: 'parent', data, ports: [] }),
});

process.on('message', (envelope: Envelope) => {
  if (envelope.kind === 'parent') {
    const given = envelope.ports.map((number) => {
      const port = new Port(number);
      ports[number] = port;
      return port;
    });
    parentPort.emit('message', { data: envelope.data, ports: given });
  } else if (envelope.kind === 'port') {
    ports[envelope.port]?.receive(envelope.data);
  } else {
    ports[envelope.port]?.emit('close');
  }
});
process.once('disconnect', () => process.exit(0));

/** Addons that are outside of an archive are loaded from there: what Electron does in `process.dlopen`. */
function loadUnpackedAddons(): void {
  const { dlopen } = process;
  process.dlopen = (module, filename, ...flags) => dlopen.call(process, module, unpackedPath(filename), ...flags);
}

const [, , script] = process.argv;
if (script) {
  loadUnpackedAddons();
  Object.assign(process, { parentPort });
  require(script);
} else {
  const { start } = require('../../../../examples/electron/src/utility/start') as {
    start(parent: unknown, mobilenet: unknown): void;
  };
  start(parentPort, require('../../../../lib'));
}
