import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Victim } from './victim';

/** A connection that notes when it is closed, and swallows what comes. */
export function dial({ port }: Victim): { socket: Socket; closed: Promise<void> } {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {}).resume();
  return { socket, closed: new Promise((resolve) => socket.once('close', () => resolve())) };
}

const head = 'POST /v1/classify HTTP/1.1\r\nHost: localhost\r\n';

/** Heads and bodies that come byte by byte. */
export function openSlow(victim: Victim, count: number): { socket: Socket; closed: Promise<void> }[] {
  return Array.from({ length: count }, (_, i) => {
    const client = dial(victim);
    client.socket.write(i % 2 === 0 ? head : `${head}Content-Length: 1000000\r\n\r\n`);
    const timer = setInterval(() => client.socket.write(i % 2 === 0 ? `X-${i}: 1\r\n` : 'x'), 100);
    void client.closed.then(() => clearInterval(timer));
    return client;
  });
}

/** Writes bodies without an end for so long, as fast as the server takes them; how many MiB were sent. */
export async function pourEndless(victim: Victim, seconds: number): Promise<number> {
  const block = Buffer.alloc(2 ** 16, 'x');
  const until = performance.now() + seconds * 1000;
  let sent = 0;
  const pour = async (announced: string) => {
    while (performance.now() < until) {
      const { socket, closed } = dial(victim);
      let open = true;
      void closed.then(() => {
        open = false;
      });
      socket.write(`${head}${announced}\r\n\r\n`);
      while (open && performance.now() < until) {
        const more = announced.startsWith('Transfer')
          ? Buffer.concat([Buffer.from('10000\r\n'), block, Buffer.from('\r\n')])
          : block;
        sent += more.length;
        if (!socket.write(more)) {
          await Promise.race([closed, new Promise((resolve) => socket.once('drain', resolve))]);
        }
      }
      socket.destroy();
      await sleep(1);
    }
  };
  await Promise.all([pour('Transfer-Encoding: chunked'), pour('Content-Length: 999999999999'), pour('Content-Length: 33554432')]);
  return Math.round(sent / 2 ** 20);
}
