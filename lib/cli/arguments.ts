import { InvalidArgumentError } from 'commander';
import { numberFromText } from '../options';
import { type Region, regionFromText } from '../tasks/geometry';

/** A number on the command line; whether it is in range the library checks. */
export function parseNumber(text: string): number {
  const number = numberFromText(text);
  if (number === undefined) {
    throw new InvalidArgumentError('It must be a number.');
  }
  return number;
}

/** `x,y,width,height` */
export function parseRegion(text: string): Region {
  const region = regionFromText(text);
  if (!region) {
    throw new InvalidArgumentError('It must be x,y,width,height in pixels, such as 40,0,200,200.');
  }
  return region;
}

/** Collects an option that may be given several times. */
export function collect(text: string, earlier: string[] = []): string[] {
  return [...earlier, text];
}

/** The library's names of options and the flags they have here. */
const flags: Record<string, string> = {
  topK: '--top',
  scoreThreshold: '--threshold',
  iouThreshold: '--iou',
  maxResults: '--max',
  maxResultsPerClass: '--max-per-class',
  nonMaxSuppression: '--nms',
  inputRange: '--input-range',
  inputSize: '--input-size',
  outputStride: '--output-stride',
  atrousRates: '--atrous-rates',
  framesInFlight: '--frames-in-flight',
  batchSize: '--batch-size',
  maxPixels: '--max-pixels',
  maxErrors: '--max-errors',
  maxBytes: '--max-bytes',
  maxWaiting: '--max-waiting',
  maxModels: '--max-models',
  maxCameras: '--max-cameras',
  receiveTimeout: '--receive-timeout',
  runTimeout: '--run-timeout',
  stopTimeout: '--stop-timeout',
  allowHosts: '--allow-host',
  allowOrigins: '--allow-origin',
};

/** Options whose names are words of their own: they are meant only where a message speaks of an option. */
const wordFlags: Record<string, string> = {
  layer: '--layer',
  pooling: '--pool',
  opacity: '--opacity',
  rotation: '--rotation',
  region: '--region',
  device: '--device',
  precision: '--precision',
  threads: '--threads',
  seconds: '--seconds',
  allow: '--allow',
  deny: '--deny',
  outputs: '--output',
  labels: '--labels',
  activation: '--activation',
  weights: '--weights',
  signature: '--signature',
  task: '--task',
  resize: '--resize',
  name: '--name',
  out: '--out',
  format: '--format',
  shard: '--shard',
  job: '--job',
  queue: '--queue',
  prefix: '--prefix',
  overwrite: '--overwrite',
  mask: '--mask',
  draw: '--draw',
  model: '--model',
  host: '--host',
  port: '--port',
  concurrency: '--concurrency',
  description: '--description',
  license: '--license',
  source: '--source',
};

function replaceNames(message: string, at: RegExp, known: Record<string, string>): string {
  return message.replace(at, (name) => (Object.hasOwn(known, name) ? `${known[name]}` : name));
}

/**
 * A library's message in the words of the command line: `for topK` becomes `for --top`, `layer: …` `--layer: …`, `choose one with outputs`
 * `choose one with --output`.
 */
export function withFlags(message: string): string {
  const at = /(?<=\b(?:expected no|for) )\w+|(?<=\bwith )outputs\b|^\w+(?=:)/g;
  return replaceNames(replaceNames(message, at, wordFlags), /(?<!['\w])\w+(?![\w'])/g, flags);
}
