// What the OpenAPI document says of answers. Nothing is checked or written by it: the answers are the API's own results.

export const errorSchema = {
  type: 'object',
  properties: {
    error: {
      type: 'object',
      properties: { code: { type: 'string', description: 'Stable, such as ERR_IMAGE_DECODE' }, message: { type: 'string' } },
    },
  },
};

/** The failures that every task can meet. */
export const failures = Object.fromEntries(
  Object.entries({
    400: 'Wrong options, or a damaged form',
    403: 'Wrong host name, or a page of another origin',
    404: 'No such model or device',
    413: 'The body or the picture is too large',
    415: 'The body is no picture by its own account',
    422: 'The picture cannot be decoded',
    503: 'Too much to do; try again after Retry-After seconds',
    504: 'The picture took too long',
  }).map(([status, description]) => [status, { description, ...errorSchema }]),
);

const milliseconds = (description: string) => ({ type: 'number', description });

/** What every result holds. */
export const resultSchema = {
  width: { type: 'integer', description: 'Of the upright picture, in pixels' },
  height: { type: 'integer', description: 'Of the upright picture, in pixels' },
  model: { type: 'string' },
  device: { type: 'string', enum: ['cpu', 'metal'] },
  timing: {
    type: 'object',
    description: 'In milliseconds',
    properties: {
      decode: milliseconds('Decoding'),
      queue: milliseconds('Waiting'),
      preprocess: milliseconds('Resizing and scaling the pixels'),
      network: milliseconds('The network'),
      postprocess: milliseconds("From the network's outputs to the result"),
    },
  },
};
