import type { Command } from 'commander';
import { checkInteger } from '../../options';
import { parseNumber } from '../arguments';
import type { Context } from '../context';
import { addDeviceOptions, type DeviceFlags, deviceOptions, ofJobs } from '../device-options';
import { grouped } from '../format';
import { say } from '../output';
import { addQueueFlags, type QueueFlags, withQueue } from './queue-flags';
import { tuneSharpForThroughput } from './throughput';

interface WorkFlags extends QueueFlags, DeviceFlags {
  concurrency: number;
  untilDone?: boolean;
  lockSeconds: number;
}

const help = `
On Ctrl-C or SIGTERM the chunks in work are finished first; a second one ends it at once.

Exit status: 0, also when stopped so and where pictures failed, 1 when it could not go on, or --until-done left a job whose record is damaged.`;

export function addWorkCommand(program: Command, context: Context): void {
  const command = program.command('work').description('Work on the jobs in a queue, until Ctrl-C or SIGTERM');
  addQueueFlags(command)
    .option('--concurrency <n>', 'chunks in work at a time', parseNumber, 2)
    .option('--until-done', 'end when all jobs in the queue are done but those whose record is damaged')
    .option('--lock-seconds <n>', 'a chunk whose worker was not heard of for so long goes to another', parseNumber, 30);
  addDeviceOptions(command, ofJobs);
  command.addHelpText('after', help).action((flags: WorkFlags) => work(flags, context));
}

async function work(flags: WorkFlags, context: Context): Promise<void> {
  const concurrency = checkInteger('--concurrency', flags.concurrency, 1, 64);
  const lockDuration = checkInteger('--lock-seconds', flags.lockSeconds, 1, 3600) * 1000;
  const given = Object.entries(deviceOptions(flags)).filter(([, value]) => value !== undefined);
  tuneSharpForThroughput();
  const { openPictureRunner: open } =
    require('../../jobs/pictures/open-runner') as typeof import('../../jobs/pictures/open-runner');
  const { workOnQueue } = require('../../jobs/queue/work') as typeof import('../../jobs/queue/work');
  const { images, failed, chunks, damaged } = await withQueue(flags, (connection, address) => {
    say(`working on the queue at ${address.shown}`);
    return workOnQueue(connection(), connection(), address, {
      ...{ open, own: Object.fromEntries(given), concurrency, lockDuration, untilDone: flags.untilDone, say },
      signal: context.signal,
    });
  });
  say(`${grouped(images)} images done in ${grouped(chunks)} chunks${failed > 0 ? `, ${grouped(failed)} of them failed` : ''}`);
  if (damaged.length > 0) {
    context.fail();
  }
}
