import type { Command } from 'commander';
import { type ClassTexts, classFilterFromTexts } from '../tasks/class-filter';
import { Classifier, type ClassifyResult } from '../tasks/classifier';
import { classifyFields } from '../tasks/result-fields';
import { parseNumber } from './arguments';
import { addClassOptions } from './class-options';
import type { Context } from './context';
import { bar, percent } from './format';
import { addImageCommand, type ImageFlags } from './image-command';

const barWidth = 24;

interface ClassifyFlags extends ImageFlags, ClassTexts {
  top?: number;
  threshold?: number;
}

export function addClassifyCommand(program: Command, context: Context): void {
  addImageCommand<ClassifyFlags, Classifier, ClassifyResult>(program, context, {
    name: 'classify',
    description: 'Say what pictures show',
    defaultModel: 'mobilenet-v1-0.25-224',
    examples: [
      'classify photo.jpg',
      'classify *.jpg --json --top 1 > results.jsonl',
      "classify photo.jpg --allow 'tabby, tabby cat' --allow 'Egyptian cat'",
      'classify photo.jpg --region 40,0,200,200 --model my-model.safetensors',
    ],
    addOptions(command) {
      command
        .option('--top <n>', 'categories per image at most (default: 5)', parseNumber)
        .option('--threshold <score>', 'least score of a category, 0 to 1 (default: 0)', parseNumber);
      addClassOptions(command);
    },
    load: (model, options) => Classifier.load(model, options),
    stream: (classifier, images, options, flags) =>
      classifier.stream(images, {
        ...options,
        ...classFilterFromTexts(flags, classifier.labels),
        topK: flags.top,
        scoreThreshold: flags.threshold,
      }),
    report: () => ({ fields: classifyFields, describe }),
  });
}

function describe({ categories }: ClassifyResult): string[] {
  if (categories.length === 0) {
    return ['  no category reaches the threshold'];
  }
  return categories.map(({ label, score }) => `  ${percent(score)}  ${bar(score, barWidth)}  ${label}`);
}
