import { MobileNetError } from '../errors';
import { checkNumber, checkOneOf, checkOptionNames, invalidOption } from '../options';
import { type JobFiles, type JobSpec, jobTasks } from './spec';

export const specNames = [
  'task',
  'model',
  'decode',
  'maxPixels',
  'device',
  'precision',
  'threads',
  'framesInFlight',
  'batchSize',
  'options',
  'files',
] as const satisfies (keyof JobSpec)[];

const fileNames = ['mask', 'draw', 'opacity'] as const satisfies (keyof JobFiles)[];

/** Which tasks have results that can be written as such a file. */
const fileTasks = { mask: ['segment'], draw: ['detect', 'segment'] } as const;

function checkFiles(files: JobFiles, task: JobSpec['task']): void {
  checkOptionNames(files, fileNames, 'files');
  for (const kind of ['mask', 'draw'] as const) {
    const folder = files[kind];
    if (folder === undefined) {
      continue;
    }
    if (typeof folder !== 'string' || folder === '') {
      throw invalidOption(kind, 'the path of a folder', folder);
    }
    if (!(fileTasks[kind] as readonly string[]).includes(task)) {
      throw new MobileNetError(
        'ERR_INVALID_OPTION',
        `expected no ${kind} for task '${task}': it is for ${fileTasks[kind].join(', ')}`,
      );
    }
  }
  if (files.opacity !== undefined) {
    checkNumber('opacity', files.opacity, 0, 1);
    if (files.draw === undefined || task !== 'segment') {
      throw new MobileNetError('ERR_INVALID_OPTION', "expected no opacity: it is for what 'segment' draws, and needs draw");
    }
  }
}

/**
 * Checks what can be checked without the model; the options of the task's calls are checked when it is loaded.
 * Throws ERR_INVALID_OPTION.
 */
export function checkJobSpec(spec: JobSpec): JobSpec {
  checkOptionNames(spec, specNames, 'a job');
  checkOneOf('task', spec.task, jobTasks);
  if (typeof spec.model !== 'string' || spec.model === '') {
    throw invalidOption('model', "a model's name or the path of a model file", spec.model);
  }
  if (spec.files !== undefined) {
    checkFiles(spec.files, spec.task);
  }
  return spec;
}
