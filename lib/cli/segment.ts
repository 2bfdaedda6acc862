import type { Command } from 'commander';
import { MobileNetError } from '../errors';
import { classMapPng } from '../images/class-map-png';
import { drawSegmentation } from '../images/draw';
import { checkNumber } from '../options';
import { segmentFields } from '../tasks/result-fields';
import { Segmenter, type SegmentResult } from '../tasks/segmenter';
import { parseNumber } from './arguments';
import type { Context } from './context';
import { bar, percent } from './format';
import { addImageCommand, type ImageFlags } from './image-command';
import type { FileOutput } from './save-files';

const barWidth = 24;

interface SegmentFlags extends ImageFlags {
  draw?: string;
  mask?: string;
  opacity?: number;
}

export function addSegmentCommand(program: Command, context: Context): void {
  addImageCommand<SegmentFlags, Segmenter, SegmentResult>(program, context, {
    name: 'segment',
    description: 'Say of every pixel what it belongs to',
    defaultModel: 'deeplab-v3-mobilenet-v2-pascal',
    examples: [
      'segment photo.jpg',
      'segment photo.jpg --draw pictures --opacity 0.8',
      'segment *.jpg --mask masks --json > results.jsonl',
    ],
    addOptions(command) {
      command
        .option('--draw <dir>', 'write each picture with its classes laid over it, and a legend, into this folder')
        .option('--opacity <share>', 'of what --draw lays over the picture, 0 to 1 (default: 0.6)', parseNumber)
        .option(
          '--mask <dir>',
          "write each picture's class indices, 255 outside the region, as an 8-bit grey PNG into this folder",
        );
    },
    checkFlags,
    load: (model, options) => Segmenter.load(model, options),
    stream: (segmenter, images, options) => segmenter.stream(images, options),
    report: () => ({ fields: segmentFields, describe }),
    files: ({ draw, mask, opacity }) => {
      const files: FileOutput<SegmentResult>[] = [];
      if (draw !== undefined) {
        files.push({
          ...{ folder: draw, flag: '--draw', kind: 'picture', ending: 'segmentation' },
          encode: (image, result, signal) => drawSegmentation(image, result, { output: 'png', opacity, signal }),
        });
      }
      if (mask !== undefined) {
        files.push({
          folder: mask,
          flag: '--mask',
          kind: 'mask',
          ending: 'mask',
          encode: (_, { classMap, mapWidth, mapHeight }, signal) => classMapPng(classMap, mapWidth, mapHeight, signal),
        });
      }
      return files;
    },
  });
}

/** Before the work begins rather than at the first picture drawn. */
function checkFlags({ draw, opacity }: SegmentFlags): void {
  if (opacity !== undefined) {
    checkNumber('opacity', opacity, 0, 1);
    if (draw === undefined) {
      throw new MobileNetError('ERR_INVALID_OPTION', '--opacity is for --draw, which is missing');
    }
  }
}

/** Each class with its share of the whole picture, as in the legend of a drawn one. */
function describe({ legend, mapWidth, mapHeight }: SegmentResult): string[] {
  return legend.map(({ label, pixels }) => {
    const share = pixels / (mapWidth * mapHeight);
    return `  ${percent(share)}  ${bar(share, barWidth)}  ${label}`;
  });
}
