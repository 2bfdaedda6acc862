import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** The address that `mobilenet serve` prints; what it prints later is let go. */
export async function printedAddress(stdout: Readable): Promise<string> {
  for await (const line of createInterface({ input: stdout })) {
    const [address] = /http:\/\/[^\s/]+/.exec(line) ?? [];
    if (address) {
      stdout.resume();
      return address;
    }
  }
  throw new Error('mobilenet serve ended before it told its address');
}
