import type { EncodedImage } from '../../images/image';
import type { Task } from '../../models/description';
import type { ImageResult, ImageTask } from '../../tasks/base';
import type { LoadOptions } from '../../tasks/load';
import { integer, type Parameter, region } from './parameters';

/** What goes back to the client. */
export type Answer = { json: object } | { png: Uint8Array };

/** A model that is loaded for one task. */
export interface RunningTask {
  readonly task: ImageTask<never, object>;
  /** Checks the options, as they come from {@link Parameter.parse}, and runs on one picture. */
  run(image: EncodedImage, options: Record<string, unknown>, signal: AbortSignal): Promise<Answer>;
}

/** One task as the HTTP interface offers it. */
export interface ServedTask {
  name: Task;
  /** One line for the OpenAPI document. */
  summary: string;
  /** Its own options, beside {@link sharedParameters} and those that choose the model. */
  parameters: readonly Parameter[];
  /** What an answer holds of its own, as a JSON schema's properties. */
  answer: Record<string, object>;
  /** Whether it can answer with a PNG instead. */
  png?: boolean;
  /** The bundled model that is used unless another is named. */
  defaultModel: string;
  load(model: string, options: LoadOptions): Promise<RunningTask>;
}

/** Options that every task has. */
export const sharedParameters: readonly Parameter[] = [
  region('region', 'The part of the picture to look at: x,y,width,height in pixels; all of it by default'),
  integer('rotation', { default: 0 }, 'Clockwise turn in degrees, a multiple of 90, of what the network sees'),
];

/** A result as JSON: the task's own fields, then what all have in common. */
export function toJson(fields: object, { width, height, model, device, timing }: ImageResult): Answer {
  return { json: { ...fields, width, height, model, device, timing } };
}
