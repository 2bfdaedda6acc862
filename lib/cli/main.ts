#!/usr/bin/env node
import './thread-pool';
import { Command, CommanderError } from 'commander';
import { MobileNetError } from '../errors';
import { version } from '../version';
import { withFlags } from './arguments';
import { addClassifyCommand } from './classify';
import { type Context, exitCodes } from './context';
import { addConvertCommand } from './convert';
import { addDetectCommand } from './detect';
import { addDoctorCommand } from './doctor';
import { addEmbedCommand } from './embed';
import { addBatchCommand } from './jobs/batch';
import { addCollectCommand } from './jobs/collect';
import { addStatusCommand } from './jobs/status';
import { addSubmitCommand } from './jobs/submit';
import { addWorkCommand } from './jobs/work';
import { addModelsCommand } from './models';
import { Output, OutputClosed, type OutputFailure, printable, say } from './output';
import { addSegmentCommand } from './segment';
import { addServeCommand } from './serve';

/** Errors the caller can mend by calling otherwise. */
const usageCodes = [
  'ERR_INVALID_OPTION',
  'ERR_MODEL_NOT_FOUND',
  'ERR_MODEL_TASK',
  'ERR_INPUT_NOT_FOUND',
  'ERR_JOB_EXISTS',
  'ERR_JOB_CHANGED',
];

class Interrupted extends Error {
  constructor(readonly by: 'SIGINT' | 'SIGTERM') {
    super();
  }
}

/** What commander says of arguments, and its guess of what was meant on a line of its own. */
function withoutControls(text: string): string {
  return text
    .trimEnd()
    .split(/\n(?=\(Did you mean )/)
    .map(printable)
    .join('\n');
}

function createProgram(context: Context): Command {
  const program = new Command('mobilenet')
    .description('MobileNet on Apple GPUs and on any CPU')
    .version(version)
    .showHelpAfterError('(add --help for help)')
    .configureOutput({ outputError: (text, write) => write(`${withoutControls(text)}\n`) })
    .exitOverride();
  addClassifyCommand(program, context);
  addDetectCommand(program, context);
  addSegmentCommand(program, context);
  addEmbedCommand(program, context);
  addBatchCommand(program, context);
  addSubmitCommand(program, context);
  addWorkCommand(program, context);
  addStatusCommand(program, context);
  addCollectCommand(program, context);
  addServeCommand(program, context);
  addConvertCommand(program, context);
  addModelsCommand(program, context);
  addDoctorCommand(program, context);
  return program;
}

/** The exit code an error stands for; says the error on stderr where commander has not. */
function report(error: unknown): number {
  if (error instanceof Interrupted) {
    return error.by === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated;
  }
  if (error instanceof OutputClosed) {
    return exitCodes.done;
  }
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
  if (error instanceof MobileNetError) {
    say(`${withFlags(error.message)} (${error.code})`);
    return usageCodes.includes(error.code) ? exitCodes.usage : exitCodes.failed;
  }
  say(String(error instanceof Error ? error.stack : error));
  return exitCodes.failed;
}

async function main(): Promise<void> {
  const stopping = new AbortController();
  // The first Ctrl-C, or SIGTERM, stops the work, a second one ends the process there and then. The listener stays until then: libraries that put away
  // their lock files on the way out take a signal that nobody else listens for as the end.
  const interrupt = (by: 'SIGINT' | 'SIGTERM') => {
    if (stopping.signal.aborted) {
      process.off(by, interrupt);
      process.kill(process.pid, by);
    }
    stopping.abort(new Interrupted(by));
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  // Messages that nobody can get, as the terminal is gone or the disk of their file full, are no reason to stop the work.
  process.stderr.on('error', () => {});
  let failed = false;
  const onOutputFailure = (failure: OutputFailure) => {
    stopping.abort(failure);
    // Said at once: that of the last lines, or of a help text, stops nothing any more.
    if (!(failure instanceof OutputClosed)) {
      process.exitCode = report(failure);
    }
  };
  const context: Context = {
    output: new Output(process.stdout, onOutputFailure),
    signal: stopping.signal,
    fail: () => {
      failed = true;
    },
  };
  try {
    await createProgram(context).parseAsync();
    process.exitCode ??= failed ? exitCodes.failed : exitCodes.done;
  } catch (error) {
    process.exitCode ??= report(error);
  }
}

void main();
