import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import type { Victim } from './victim';

export interface Flood {
  sent: number;
  answered: number;
  closed: number;
}

/** Cameras that send as fast as they can, for so long; every other one reads nothing of what comes back. */
export async function floodCameras(
  victim: Victim,
  frames: readonly Uint8Array[],
  count: number,
  seconds: number,
): Promise<Flood> {
  const flood: Flood = { sent: 0, answered: 0, closed: 0 };
  const until = performance.now() + seconds * 1000;
  const camera = async (index: number) => {
    const socket = new WebSocket(`${victim.url.replace('http', 'ws')}/v1/camera?task=classify`);
    let open = true;
    socket.on('message', () => flood.answered++);
    socket.on('error', () => {});
    socket.on('close', () => {
      open = false;
      flood.closed++;
    });
    await new Promise((resolve) => socket.once('open', resolve).once('close', resolve));
    if (index % 2 === 1) {
      socket.pause();
    }
    while (open && performance.now() < until) {
      // Our own memory is not what is tested.
      if (socket.bufferedAmount > 2 ** 22) {
        await sleep(5);
        continue;
      }
      for (let burst = 0; burst < 50 && open; burst++) {
        socket.send(frames[flood.sent++ % frames.length] as Uint8Array);
        socket.ping('x'.repeat(100));
      }
      await sleep(1);
    }
    socket.terminate();
  };
  await Promise.all(Array.from({ length: count }, (_, index) => camera(index)));
  return flood;
}

/** Upgrades that are refused, and such as never say anything afterwards. */
export async function knockInVain(victim: Victim, count: number): Promise<void> {
  const knock = (headers: Record<string, string>, query: string) =>
    new Promise<void>((resolve) => {
      const socket = new WebSocket(`${victim.url.replace('http', 'ws')}/v1/camera?${query}`, { headers });
      socket.on('error', () => {}).on('close', () => resolve());
    });
  for (let done = 0; done < count; done += 50) {
    await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        knock(i % 2 === 0 ? { origin: 'http://evil.example' } : {}, i % 3 === 0 ? '' : 'task=none'),
      ),
    );
  }
}
