// What the blocks of a page run beside: they wait for the page's turn, and tell what their names stand for.
import { createInterface } from 'node:readline';
import { inspect } from 'node:util';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Ends one block and waits for the word to begin the next. */
export async function step() {
  process.stdout.write('\0step\0');
  if ((await lines.next()).done) {
    process.exit();
  }
}

/** Tells what a name stands for. */
export function show(value) {
  process.stdout.write(`\0value ${inspect(value, { depth: 8, maxArrayLength: 100, breakLength: 120 })}\0`);
}
