/*
 * A worker in a process of its own whose images take no time to speak of: node scripts/run-ts.mjs … URL MILLISECONDS [--until-done]
 * Ends on SIGTERM as the command does.
 */

import { parseQueueAddress } from '../../../lib/jobs/queue/address';
import { connect } from '../../../lib/jobs/queue/connect';
import { workOnQueue } from '../../../lib/jobs/queue/work';
import { FakeRunner } from './fake-runner';

async function main(): Promise<void> {
  const [url, milliseconds, flag] = process.argv.slice(2) as [string, string, string | undefined];
  const address = parseQueueAddress(url);
  const stopping = new AbortController();
  process.on('SIGTERM', () => stopping.abort());
  const connections = [connect(address), connect(address)] as const;
  process.stdout.write('ready\n');
  try {
    const summary = await workOnQueue(...connections, address, {
      open: async () => new FakeRunner(Number(milliseconds)),
      own: {},
      lockDuration: 1500,
      untilDone: flag === '--until-done',
      signal: stopping.signal,
      say: (text) => process.stderr.write(`${text}\n`),
    });
    process.stdout.write(`${JSON.stringify(summary)}\n`);
  } catch (error) {
    process.stdout.write(`${(error as { code?: string }).code}\n`);
    process.exitCode = 1;
  }
  for (const connection of connections) {
    connection.disconnect();
  }
}

void main();
