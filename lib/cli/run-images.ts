import type { ImageResult } from '../tasks/base';
import type { Context } from './context';
import { duration } from './format';
import { say } from './output';
import { Progress } from './progress';
import type { Failure, SavedResult } from './save-files';

/** How a task's results are shown. */
export interface Report<Result extends ImageResult> {
  /** The task's own fields for a line of JSON. */
  fields(result: Result): object;
  /** The lines a person reads under the image's name. */
  describe(result: Result, image: string): string[];
}

export interface ImageRun<Result extends ImageResult> extends Report<Result> {
  /** Paths or URLs as given, in the order of the results. */
  images: string[];
  results: AsyncIterable<SavedResult<Result> | Failure>;
  json: boolean;
}

/**
 * Prints the results of a task on some images as they come: as JSON lines or as text with a footer. Failed images go where the rest
 * goes in JSON, to stderr otherwise, and the others go on.
 */
export async function runImages<Result extends ImageResult>(run: ImageRun<Result>, context: Context): Promise<void> {
  const { images, results, json, describe, fields } = run;
  const started = performance.now();
  const totals: Totals = { images: 0, decode: 0, network: 0 };
  const progress = new Progress(images.length, 'images');
  let next = 0;
  try {
    for await (const outcome of results) {
      const image = images[next++] as string;
      progress.clear();
      if ('error' in outcome) {
        context.fail();
        await printFailure(image, outcome.error, json, context);
      } else {
        const { result, files } = outcome;
        addTo(totals, result);
        await (json
          ? context.output.json(jsonRow(image, result, { ...fields(result), ...files }))
          : context.output.lines([heading(image, result), ...describe(result, image), ...fileLines(files), '']));
      }
      progress.step();
    }
  } finally {
    progress.stop();
  }
  if (!json && totals.images > 0) {
    await context.output.line(footer(totals, performance.now() - started));
  }
}

function jsonRow(image: string, { width, height, model, device, timing }: ImageResult, fields: object): object {
  return { image, width, height, ...fields, model, device, timing };
}

async function printFailure(
  image: string,
  { code, message }: Failure['error'],
  json: boolean,
  { output }: Context,
): Promise<void> {
  if (json) {
    await output.json({ image, error: { code, message } });
  } else {
    say(`${message} (${code})`);
  }
}

function heading(image: string, { width, height }: ImageResult): string {
  return `${image}  ${width} x ${height}`;
}

/** `  mask: pictures/cat-mask.png` */
function fileLines(files: Record<string, string>): string[] {
  return Object.entries(files).map(([kind, path]) => `  ${kind}: ${path}`);
}

/** What the footer tells; the results themselves are not kept, however many there are. */
interface Totals {
  images: number;
  /** Milliseconds. */
  decode: number;
  network: number;
  last?: ImageResult;
}

function addTo(totals: Totals, result: ImageResult): void {
  totals.images++;
  totals.decode += result.timing.decode;
  totals.network += result.timing.network;
  totals.last = result;
}

function footer({ images, decode, network, last }: Totals, elapsed: number): string {
  const mean = (total: number) => duration(total / images);
  const count = images === 1 ? '1 image' : `${images} images`;
  const ran = last ? `${last.model} on ${last.device}: ` : '';
  return `${ran}${count} in ${duration(elapsed)} (decoding ${mean(decode)}, network ${mean(network)} each)`;
}
