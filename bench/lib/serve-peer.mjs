// The child's side of the benchmark: one library with one network and one number of threads. The parent (peer-process.mjs) hands over the job
// as the first argument, says on standard input when to run, so that only one library computes at a time, and reads answers from the pipe of
// number 3, a line of JSON each: standard output is left to what libraries print. native/peer.h is the same for C++.
import { writeSync } from 'node:fs';
import process from 'node:process';
import readline from 'node:readline';
import { fingerprint } from './fingerprint.mjs';

const answers = 3;
const answer = (message) => writeSync(answers, `${JSON.stringify(message)}\n`);

async function timed(run) {
  const started = performance.now();
  await run();
  return performance.now() - started;
}

/**
 * @param {(job: object) => Promise<{ library: string, run: () => Promise<unknown>, outputs: () => Promise<Float32Array[]> }>} create
 *   makes the network from the job the parent sent; `library` is its name and version, `run` is what is timed, `outputs` are the numbers that
 *   are compared, in the order of the job's outputs
 */
export async function servePeer(create) {
  try {
    const { library, run, outputs } = await create(JSON.parse(process.argv[2]));
    answer({ library, fingerprints: (await outputs()).map(fingerprint) });
    for await (const line of readline.createInterface({ input: process.stdin })) {
      const [, runs] = line.split(' ');
      const calls = [];
      for (let index = 0; index < Number(runs); index++) {
        calls.push(await timed(run));
      }
      answer({ calls });
    }
    process.exit(0);
  } catch (error) {
    answer({ error: error?.message ?? String(error) });
    process.exit(1);
  }
}
