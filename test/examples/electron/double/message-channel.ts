import { MessageChannel, type MessagePort } from 'node:worker_threads';

/** Electron's MessagePortMain over a port of Node: transfers nothing but ports, gives events, starts when it is told to. */
export class MessagePortMainDouble {
  /** What is handed on where the port is transferred. */
  readonly port: MessagePort;

  constructor(port: MessagePort) {
    this.port = port;
  }
}

export class MessageChannelMainDouble {
  readonly port1: MessagePortMainDouble;
  readonly port2: MessagePortMainDouble;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.port1 = new MessagePortMainDouble(port1);
    this.port2 = new MessagePortMainDouble(port2);
  }
}

/** Electron refuses to transfer anything but its own ports. */
export function transferred(ports: readonly unknown[] = []): MessagePort[] {
  return ports.map((port) => {
    if (!(port instanceof MessagePortMainDouble)) {
      throw new TypeError('Invalid value for transfer');
    }
    return port.port;
  });
}
