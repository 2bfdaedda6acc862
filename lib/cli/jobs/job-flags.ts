import type { Command } from 'commander';
import { MobileNetError } from '../../errors';
import { checkJobSpec } from '../../jobs/check-spec';
import { type JobSpec, type JobTask, jobTasks } from '../../jobs/spec';
import { checkOneOf } from '../../options';
import { type ClassTexts, classFilterFromTexts } from '../../tasks/class-filter';
import type { Region } from '../../tasks/geometry';
import { parseNumber, parseRegion } from '../arguments';
import { addClassOptions } from '../class-options';
import { addDeviceOptions, type DeviceFlags, deviceOptions, ofJobs } from '../device-options';

/** Flags that say what is to become of each picture of a job. */
export interface JobFlags extends DeviceFlags, ClassTexts {
  task: JobTask;
  model?: string;
  exact?: boolean;
  maxPixels?: number;
  region?: Region;
  rotation?: number;
  top?: number;
  threshold?: number;
  iou?: number;
  max?: number;
  maxPerClass?: number;
  nms?: 'per-class' | 'class-agnostic';
  layer?: string;
  pool?: 'average' | 'max' | 'none';
  normalize: boolean;
  mask?: string;
  draw?: string;
  opacity?: number;
}

const defaultModels: Record<JobTask, string> = {
  classify: 'mobilenet-v1-0.25-224',
  detect: 'ssdlite-mobilenet-v2-coco',
  segment: 'deeplab-v3-mobilenet-v2-pascal',
  embed: 'mobilenet-v1-0.25-224',
};

/** Flags that not every task has, and the tasks that have them. */
const tasksOf: { [Flag in keyof JobFlags]?: { flag: string; tasks: JobTask[] } } = {
  top: { flag: '--top', tasks: ['classify'] },
  threshold: { flag: '--threshold', tasks: ['classify', 'detect'] },
  allow: { flag: '--allow', tasks: ['classify', 'detect'] },
  deny: { flag: '--deny', tasks: ['classify', 'detect'] },
  iou: { flag: '--iou', tasks: ['detect'] },
  max: { flag: '--max', tasks: ['detect'] },
  maxPerClass: { flag: '--max-per-class', tasks: ['detect'] },
  nms: { flag: '--nms', tasks: ['detect'] },
  layer: { flag: '--layer', tasks: ['embed'] },
  pool: { flag: '--pool', tasks: ['embed'] },
  mask: { flag: '--mask', tasks: ['segment'] },
  draw: { flag: '--draw', tasks: ['detect', 'segment'] },
  opacity: { flag: '--opacity', tasks: ['segment'] },
};

export function addJobFlags(command: Command): void {
  command
    .option('-t, --task <task>', `what to do with each picture: ${jobTasks.join(', ')}`, 'classify')
    .option('-m, --model <name|file>', 'bundled or pulled model, or path of a model file (default: the bundled one for the task)')
    .option('--exact', 'decode pictures whole, instead of letting large ones be shrunk meanwhile to what the network takes in')
    .option('--max-pixels <n>', 'larger pictures are refused (default: 134217728)', parseNumber)
    .option('--region <x,y,w,h>', 'look only at this part of every picture, in pixels', parseRegion)
    .option('--rotation <degrees>', 'turn every picture clockwise by a multiple of 90 (default: 0)', parseNumber)
    .option('--top <n>', 'classify: categories per picture at most (default: 5)', parseNumber)
    .option('--threshold <score>', 'classify, detect: least score, 0 to 1 (default: 0, 0.5)', parseNumber);
  addClassOptions(command);
  command
    .option('--iou <overlap>', "detect: boxes that overlap by more are one thing, 0 to 1 (default: the model's)", parseNumber)
    .option('--max <n>', "detect: detections per picture at most (default: the model's)", parseNumber)
    .option('--max-per-class <n>', "detect: those of one class at most (default: the model's)", parseNumber)
    .option('--nms <kind>', 'detect: per-class, or class-agnostic (default: per-class)')
    .option('--layer <name>', "embed: layer whose output is taken (default: the last before the model's classes)")
    .option('--pool <kind>', 'embed: average, max or none (default: average)')
    .option('--no-normalize', 'embed: leave the vectors as long as they are')
    .option('--mask <dir>', "segment: write each picture's class indices as an 8-bit grey PNG into this folder")
    .option('--draw <dir>', 'detect, segment: write each picture with its result drawn on it into this folder')
    .option('--opacity <share>', 'segment: of what --draw lays over the picture, 0 to 1 (default: 0.6)', parseNumber);
  addDeviceOptions(command, ofJobs);
}

function checkTask(flags: JobFlags): void {
  for (const [name, { flag, tasks }] of Object.entries(tasksOf)) {
    if (flags[name as keyof JobFlags] !== undefined && !tasks.includes(flags.task)) {
      throw new MobileNetError('ERR_INVALID_OPTION', `${flag} is for ${tasks.join(' and ')}, not for --task ${flags.task}`);
    }
  }
  if (!flags.normalize && flags.task !== 'embed') {
    throw new MobileNetError('ERR_INVALID_OPTION', `--no-normalize is for embed, not for --task ${flags.task}`);
  }
}

/** A plain object without the fields that were not given, which JSON would not keep either. */
function given<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

/** What the flags ask for. Throws ERR_INVALID_OPTION. */
export function toJobSpec(flags: JobFlags): JobSpec {
  const task = checkOneOf('task', flags.task, jobTasks);
  checkTask(flags);
  const { region, rotation, top, threshold, iou, max, maxPerClass, nms, layer, pool, normalize, mask, draw, opacity } = flags;
  const options = given({
    region,
    rotation,
    topK: top,
    scoreThreshold: threshold,
    // The labels are the model's, which is not loaded yet: a number is an index.
    ...classFilterFromTexts(flags, []),
    iouThreshold: iou,
    maxResults: max,
    maxResultsPerClass: maxPerClass,
    nonMaxSuppression: nms,
    layer,
    pooling: pool,
    l2Normalize: normalize ? undefined : false,
  });
  const files = given({ mask, draw, opacity });
  return checkJobSpec(
    given({
      task,
      model: flags.model ?? defaultModels[task],
      decode: flags.exact ? ('exact' as const) : ('fast' as const),
      maxPixels: flags.maxPixels,
      ...deviceOptions(flags),
      options: Object.keys(options).length > 0 ? options : undefined,
      files: Object.keys(files).length > 0 ? files : undefined,
    }),
  );
}
