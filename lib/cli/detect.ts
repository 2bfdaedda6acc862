import type { Command } from 'commander';
import { drawDetections } from '../images/draw';
import { type ClassTexts, classFilterFromTexts } from '../tasks/class-filter';
import { type DetectOptions, Detector, type DetectResult } from '../tasks/detector';
import { detectFields } from '../tasks/result-fields';
import { parseNumber } from './arguments';
import { addClassOptions } from './class-options';
import type { Context } from './context';
import { columns, percent } from './format';
import { addImageCommand, type ImageFlags } from './image-command';

/** Longer labels push the boxes of their own line to the right, not those of all lines. */
const widestLabelColumn = 28;

interface DetectFlags extends ImageFlags, ClassTexts {
  threshold?: number;
  iou?: number;
  max?: number;
  maxPerClass?: number;
  nms?: DetectOptions['nonMaxSuppression'];
  draw?: string;
}

export function addDetectCommand(program: Command, context: Context): void {
  addImageCommand<DetectFlags, Detector, DetectResult>(program, context, {
    name: 'detect',
    description: 'Find things in pictures: their boxes, in pixels',
    defaultModel: 'ssdlite-mobilenet-v2-coco',
    examples: [
      'detect photo.jpg',
      'detect photo.jpg --draw pictures',
      'detect *.jpg --json --threshold 0.3 > results.jsonl',
      'detect photo.jpg --allow person --allow dog --max 10',
    ],
    addOptions(command) {
      command
        .option('--threshold <score>', 'least score of a detection, 0 to 1 (default: 0.5)', parseNumber)
        .option(
          '--iou <overlap>',
          "boxes that overlap by more than this are one thing, 0 to 1 (default: the model's)",
          parseNumber,
        )
        .option('--max <n>', "detections per image at most (default: the model's)", parseNumber)
        .option('--max-per-class <n>', "detections of one class per image at most (default: the model's)", parseNumber)
        .option('--nms <kind>', 'per-class, or class-agnostic: one thing has one class (default: per-class)');
      addClassOptions(command);
      command.option('--draw <dir>', 'write each picture with its detections drawn on it into this folder');
    },
    load: (model, options) => Detector.load(model, options),
    stream: (detector, images, options, flags) =>
      detector.stream(images, {
        ...options,
        ...classFilterFromTexts(flags, detector.labels),
        scoreThreshold: flags.threshold,
        iouThreshold: flags.iou,
        maxResults: flags.max,
        maxResultsPerClass: flags.maxPerClass,
        nonMaxSuppression: flags.nms,
      }),
    report: () => ({ fields: detectFields, describe }),
    files: ({ draw: folder }) =>
      folder === undefined
        ? []
        : [
            {
              ...{ folder, flag: '--draw', kind: 'picture', ending: 'detections' },
              encode: (image, result, signal) => drawDetections(image, result, { output: 'png', signal }),
            },
          ],
  });
}

/** `   87.3 %  cat    12,40  300 x 251`: the box's top left corner and its size. */
function describe({ detections }: DetectResult): string[] {
  if (detections.length === 0) {
    return ['  nothing reaches the threshold'];
  }
  const width = Math.min(widestLabelColumn, Math.max(...detections.map(({ label }) => label.length)));
  const boxes = columns(
    detections.map(({ box: { x, y, width, height } }) => [
      `${Math.round(x)},${Math.round(y)}`,
      `${Math.round(width)} x ${Math.round(height)}`,
    ]),
    [0, 1],
  );
  return detections.map(({ score, label }, i) => `  ${percent(score)}  ${label.padEnd(width)}  ${boxes[i]}`);
}
