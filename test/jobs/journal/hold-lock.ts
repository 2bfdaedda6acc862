/* Takes the lock of a job's folder when told to on standard input, says how that went, and keeps it: node scripts/run-ts.mjs … FOLDER */
import { JobLock } from '../../../lib/jobs/journal/job-lock';

async function main(): Promise<void> {
  process.stdout.write('ready\n');
  await new Promise((resolve) => process.stdin.once('data', resolve));
  try {
    await JobLock.acquire(process.argv[2] as string);
    process.stdout.write('held\n');
  } catch (error) {
    process.stdout.write(`${(error as { code?: string }).code ?? error}\n`);
  }
  setInterval(() => {}, 1000);
}

void main();
