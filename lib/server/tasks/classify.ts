import { type ClassTexts, classFilterFromTexts } from '../../tasks/class-filter';
import { Classifier, type ClassifyOptions } from '../../tasks/classifier';
import { classifyFields } from '../../tasks/result-fields';
import { classParameters } from './class-parameters';
import { integer, number } from './parameters';
import { type ServedTask, toJson } from './served-task';

export const classify: ServedTask = {
  name: 'classify',
  summary: 'Says what a picture shows',
  parameters: [
    integer('topK', { minimum: 1, default: 5 }, 'Categories at most'),
    number('scoreThreshold', { minimum: 0, maximum: 1, default: 0 }, 'Least score of a category'),
    ...classParameters,
  ],
  answer: {
    categories: {
      type: 'array',
      description: 'Best first',
      items: {
        type: 'object',
        properties: { index: { type: 'integer' }, label: { type: 'string' }, score: { type: 'number' } },
      },
    },
  },
  defaultModel: 'mobilenet-v1-0.25-224',
  async load(model, options) {
    const task = await Classifier.load(model, options);
    return {
      task,
      async run(image, { allow, deny, ...given }: Record<string, unknown> & ClassTexts, signal) {
        // Whether the values are what they should be, the task itself checks.
        const result = await task.classify(image, {
          ...given,
          ...classFilterFromTexts({ allow, deny }, task.labels),
          signal,
        } as ClassifyOptions);
        return toJson(classifyFields(result), result);
      },
    };
  },
};
