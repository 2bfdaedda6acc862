import type { Command } from 'commander';
import type { ImageFailure, ImageResult } from '../tasks/base';
import type { Region } from '../tasks/geometry';
import type { LoadOptions } from '../tasks/load';
import { prepareFolder } from '../write-file';
import { parseNumber, parseRegion } from './arguments';
import type { Context } from './context';
import { addDeviceOptions, type DeviceFlags, deviceOptions } from './device-options';
import { type Report, runImages } from './run-images';
import { type FileOutput, saveFiles } from './save-files';

/** Flags of all commands that take pictures. */
export interface ImageFlags extends DeviceFlags {
  model: string;
  json?: boolean;
  region?: Region;
  rotation?: number;
  fast?: boolean;
}

/** What those flags say about every image of a stream. */
export interface SharedStreamOptions {
  region?: Region;
  rotation?: number;
  signal: AbortSignal;
  onError: 'yield';
}

interface Disposable {
  dispose(): Promise<void>;
}

/** What a command that takes pictures has of its own. */
export interface ImageCommand<Flags extends ImageFlags, Task extends Disposable, Result extends ImageResult> {
  name: string;
  description: string;
  defaultModel: string;
  /** Command lines for the help text. */
  examples: string[];
  /** Adds the flags of this command alone. */
  addOptions(command: Command): void;
  /** Checks of flags that need no model. */
  checkFlags?(flags: Flags): void;
  load(model: string, options: LoadOptions, flags: Flags): Promise<Task>;
  stream(task: Task, images: string[], options: SharedStreamOptions, flags: Flags): AsyncIterable<Result | ImageFailure>;
  /** How the results of one run are shown. */
  report(flags: Flags): Report<Result>;
  /** The files made of each result. */
  files?(flags: Flags): FileOutput<Result>[];
}

/** Adds a command that runs a task on pictures: the flags all of them share, the help text, the run. */
export function addImageCommand<Flags extends ImageFlags, Task extends Disposable, Result extends ImageResult>(
  program: Command,
  context: Context,
  definition: ImageCommand<Flags, Task, Result>,
): void {
  const { name, description, defaultModel, examples } = definition;
  const command = program
    .command(name)
    .description(description)
    .argument('<image...>', 'paths or URLs of pictures: JPEG, PNG, WebP, GIF, TIFF, AVIF, SVG or BMP')
    .option('-m, --model <name|file>', 'bundled or pulled model, or path of a model file', defaultModel)
    .option('--json', 'print one JSON object per image and line');
  definition.addOptions(command);
  command
    .option('--region <x,y,w,h>', 'look only at this part of the picture, in pixels', parseRegion)
    .option('--rotation <degrees>', 'turn the picture clockwise by a multiple of 90 (default: 0)', parseNumber)
    .option('--fast', 'let large pictures be shrunk while they are decoded: faster, slightly different results');
  addDeviceOptions(command);
  command
    .addHelpText('after', helpText(examples))
    .action((images: string[], flags: Flags) => run(definition, images, flags, context));
}

function helpText(examples: string[]): string {
  const lines = examples.map((example) => `  mobilenet ${example}`);
  return `\nExamples:\n${lines.join('\n')}\n\nExit status: 0 when all images are done, 1 when some failed, 2 for wrong usage.`;
}

async function run<Flags extends ImageFlags, Task extends Disposable, Result extends ImageResult>(
  command: ImageCommand<Flags, Task, Result>,
  images: string[],
  flags: Flags,
  context: Context,
): Promise<void> {
  const { model, json = false, fast, region, rotation } = flags;
  const { signal } = context;
  command.checkFlags?.(flags);
  const files = command.files?.(flags) ?? [];
  const task = await command.load(model, { ...deviceOptions(flags), decode: fast ? 'fast' : 'exact', signal }, flags);
  try {
    const results = command.stream(task, images, { region, rotation, signal, onError: 'yield' }, flags);
    for (const { folder, flag } of files) {
      await prepareFolder(folder, flag);
    }
    await runImages({ images, results: saveFiles(results, images, files, signal), json, ...command.report(flags) }, context);
  } finally {
    await task.dispose();
  }
}
