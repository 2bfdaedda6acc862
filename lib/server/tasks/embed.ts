import { Embedder, type EmbedOptions } from '../../tasks/embedder';
import { embedFields } from '../../tasks/result-fields';
import { boolean, choice, text } from './parameters';
import { type ServedTask, toJson } from './served-task';

export const embed: ServedTask = {
  name: 'embed',
  summary: 'Turns a picture into a vector that is near those of similar pictures',
  parameters: [
    text('layer', "The layer to take, see mobilenet models info NAME --layers; by default what the model's head reads"),
    choice('pooling', ['average', 'max', 'none'], 'average', "What becomes of the layer's rows and columns"),
    boolean('l2Normalize', true, 'Whether the vector is made 1 long'),
  ],
  answer: {
    embedding: { type: 'array', items: { type: 'number' } },
    shape: { type: 'array', description: 'Rows, columns and channels', items: { type: 'integer' } },
    layer: { type: 'string' },
  },
  defaultModel: 'mobilenet-v1-0.25-224',
  async load(model, options) {
    const task = await Embedder.load(model, options);
    return {
      task,
      async run(image, given, signal) {
        // Whether the values are what they should be, the task itself checks.
        const result = await task.embed(image, { ...given, signal } as EmbedOptions);
        return toJson(embedFields(result), result);
      },
    };
  },
};
