import { classMapPng } from '../../images/class-map-png';
import { checkOneOf } from '../../options';
import { toClassNames } from '../../tasks/class-filter';
import { segmentFields } from '../../tasks/result-fields';
import { Segmenter, type SegmentOptions, type SegmentResult } from '../../tasks/segmenter';
import { encodeMap, type MapEncoding, mapEncodings } from './encode-map';
import { boolean, choice, texts } from './parameters';
import { type Answer, type ServedTask, toJson } from './served-task';

const encodedMap = {
  type: 'object',
  properties: { encoding: { type: 'string', enum: mapEncodings }, data: { type: 'string', contentEncoding: 'base64' } },
};

/** `masks=true`, `masks=cat&masks=dog`. */
function masksOf(masks: string[] | undefined, labels: readonly (string | null)[]): SegmentOptions['masks'] {
  const [first] = masks ?? [];
  if (masks?.length === 1 && (first === 'true' || first === 'false') && !labels.includes(first)) {
    return first === 'true';
  }
  return toClassNames(masks, labels);
}

async function toAnswer(result: SegmentResult, classMap: MapEncoding | 'none', signal: AbortSignal) {
  const { mapWidth, mapHeight, confidence, masks, content } = result;
  const size = { width: mapWidth, height: mapHeight };
  const encoding = classMap === 'none' ? 'png' : classMap;
  const encode = (map: Uint8Array) => encodeMap(map, size, encoding, signal);
  return toJson(
    {
      ...segmentFields(result),
      mapWidth,
      mapHeight,
      ...(classMap !== 'none' && { classMap: await encode(result.classMap) }),
      ...(confidence && { confidence: await encode(confidence) }),
      ...(masks && {
        masks: await Promise.all(masks.map(async ({ mask, ...named }) => ({ ...named, mask: await encode(mask) }))),
      }),
      ...(content && { content }),
    },
    result,
  );
}

export const segment: ServedTask = {
  name: 'segment',
  summary: 'Says of every pixel of a picture what it belongs to',
  parameters: [
    choice('output', ['source', 'model'], 'source', "Whether maps have the size of the picture or of the network's input"),
    boolean('confidence', false, 'Whether to tell how sure the network is of each pixel'),
    texts(
      'masks',
      'Masks of single classes: true for those in the picture, or labels or indices, each in a parameter of its own',
    ),
    choice('classMap', [...mapEncodings, 'none'], 'png', 'How maps are encoded; none leaves the class map out'),
    choice('answer', ['json', 'mask'], 'json', 'JSON, or nothing but the class map as an 8-bit grey PNG'),
  ],
  answer: {
    legend: {
      type: 'array',
      description: 'The classes present, those of most pixels first',
      items: {
        type: 'object',
        properties: {
          index: { type: 'integer' },
          label: { type: 'string' },
          color: { type: 'array', items: { type: 'integer' } },
          pixels: { type: 'integer' },
        },
      },
    },
    mapWidth: { type: 'integer' },
    mapHeight: { type: 'integer' },
    classMap: { ...encodedMap, description: 'Class index of each pixel, row by row; 255 where there is none' },
    confidence: { ...encodedMap, description: "Softmax of each pixel's class times 255" },
    masks: {
      type: 'array',
      items: {
        type: 'object',
        properties: { index: { type: 'integer' }, label: { type: 'string' }, mask: encodedMap },
      },
    },
    content: {
      type: 'object',
      description: 'Size of the part of the maps that shows the picture, for output=model',
      properties: { width: { type: 'integer' }, height: { type: 'integer' } },
    },
  },
  png: true,
  defaultModel: 'deeplab-v3-mobilenet-v2-pascal',
  async load(model, options) {
    const task = await Segmenter.load(model, options);
    return {
      task,
      async run(
        image,
        { masks, classMap, answer, ...given }: Record<string, unknown> & { masks?: string[] },
        signal,
      ): Promise<Answer> {
        const encoding = checkOneOf('classMap', classMap ?? 'png', [...mapEncodings, 'none']);
        const kind = checkOneOf('answer', answer ?? 'json', ['json', 'mask']);
        // Whether the other values are what they should be, the task itself checks.
        const options = { ...given, masks: masksOf(masks, task.labels), signal } as SegmentOptions;
        const result = await task.segment(image, options);
        if (kind === 'mask') {
          return { png: await classMapPng(result.classMap, result.mapWidth, result.mapHeight, signal) };
        }
        return toAnswer(result, encoding, signal);
      },
    };
  },
};
