import { type ClassTexts, classFilterFromTexts } from '../../tasks/class-filter';
import { type DetectOptions, Detector } from '../../tasks/detector';
import { detectFields } from '../../tasks/result-fields';
import { classParameters } from './class-parameters';
import { choice, integer, number } from './parameters';
import { type ServedTask, toJson } from './served-task';

const box = {
  type: 'object',
  description: 'In pixels of the upright picture, from its top left corner',
  properties: { x: { type: 'number' }, y: { type: 'number' }, width: { type: 'number' }, height: { type: 'number' } },
};

export const detect: ServedTask = {
  name: 'detect',
  summary: 'Finds things in a picture and says where they are',
  parameters: [
    number('scoreThreshold', { minimum: 0, maximum: 1, default: 0.5 }, 'Least score of a detection'),
    number(
      'iouThreshold',
      { minimum: 0, maximum: 1 },
      "Of two boxes that overlap by more (intersection over union) only the better one is reported; the model's own by default",
    ),
    integer('maxResults', { minimum: 1, maximum: 10000 }, "Detections at most; the model's own limit by default"),
    integer(
      'maxResultsPerClass',
      { minimum: 1, maximum: 10000 },
      "Detections of one class at most; the model's own limit by default",
    ),
    choice('nonMaxSuppression', ['per-class', 'class-agnostic'], 'per-class', 'Which boxes compete with one another'),
    ...classParameters,
  ],
  answer: {
    detections: {
      type: 'array',
      description: 'Best first',
      items: {
        type: 'object',
        properties: { index: { type: 'integer' }, label: { type: 'string' }, score: { type: 'number' }, box },
      },
    },
  },
  defaultModel: 'ssdlite-mobilenet-v2-coco',
  async load(model, options) {
    const task = await Detector.load(model, options);
    return {
      task,
      async run(image, { allow, deny, ...given }: Record<string, unknown> & ClassTexts, signal) {
        // Whether the values are what they should be, the task itself checks.
        const result = await task.detect(image, {
          ...given,
          ...classFilterFromTexts({ allow, deny }, task.labels),
          signal,
        } as DetectOptions);
        return toJson(detectFields(result), result);
      },
    };
  },
};
