import type { Command } from 'commander';
import { formatShape } from '../graph/shapes';
import { cosineSimilarity } from '../tasks/cosine-similarity';
import { Embedder, type EmbedOptions, type EmbedResult } from '../tasks/embedder';
import { embedFields } from '../tasks/result-fields';
import type { Context } from './context';
import { bar, properties } from './format';
import { addImageCommand, type ImageFlags } from './image-command';
import type { Report } from './run-images';

const barWidth = 24;
/** Numbers of an embedding a person gets to see. */
const shownNumbers = 6;

interface EmbedFlags extends ImageFlags {
  layer?: string;
  pool?: EmbedOptions['pooling'];
  normalize: boolean;
}

export function addEmbedCommand(program: Command, context: Context): void {
  addImageCommand<EmbedFlags, Embedder, EmbedResult>(program, context, {
    name: 'embed',
    description: 'Turn pictures into vectors that are near one another for pictures that are alike',
    defaultModel: 'mobilenet-v1-0.25-224',
    examples: [
      'embed photo.jpg --json',
      'embed photo.jpg others/*.jpg',
      'embed *.jpg --json --pool max --no-normalize > vectors.jsonl',
      'models info mobilenet-v1-0.25-224 --layers',
    ],
    addOptions(command) {
      command
        .option('--layer <name>', "layer whose output is taken (default: the last one before the model's classes)")
        .option('--pool <kind>', 'average or max over the places of the picture, or none (default: average)')
        .option('--no-normalize', 'leave the vectors as long as they are instead of making them 1 long');
    },
    load: (model, options, { layer }) => Embedder.load(model, { ...options, layer }),
    stream: (embedder, images, options, { pool, normalize }) =>
      embedder.stream(images, { ...options, pooling: pool, l2Normalize: normalize }),
    report,
  });
}

function report(): Report<EmbedResult> {
  // Of all the results only the first is kept: the others are compared with it.
  let first: { image: string; embedding: Float32Array } | undefined;
  return {
    fields: embedFields,
    describe({ embedding, shape, layer }, image) {
      const facts: [string, string][] = [
        ['layer', layer],
        ['shape', formatShape(shape)],
        ['begins', begin(embedding)],
      ];
      if (first) {
        facts.push(['similarity', similarity(embedding, first)]);
      }
      first ??= { image, embedding };
      return properties(facts).map((line) => `  ${line}`);
    },
  };
}

function begin(embedding: Float32Array): string {
  const shown = Array.from(embedding.subarray(0, shownNumbers), (number) => number.toFixed(4).padStart(7));
  return `${shown.join(' ')}${embedding.length > shownNumbers ? '  …' : ''}`.trimStart();
}

/** The cosine in numbers and as a bar, which is empty below 0. */
function similarity(embedding: Float32Array, first: { image: string; embedding: Float32Array }): string {
  const isComparable = (vector: Float32Array) => vector.every(Number.isFinite) && vector.some((number) => number !== 0);
  if (!isComparable(embedding) || !isComparable(first.embedding)) {
    return `none with ${first.image}: a vector without a direction`;
  }
  const cosine = cosineSimilarity(embedding, first.embedding);
  return `${cosine.toFixed(3)}  ${bar(cosine, barWidth)}  with ${first.image}`;
}
