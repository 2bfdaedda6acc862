import { setTimeout as sleep } from 'node:timers/promises';
import { MobileNetError } from '../../../lib/errors';
import type { PictureOutcome, PictureRunner, RunPicturesOptions } from '../../../lib/jobs/picture-runner';
import { noTimes } from '../../../lib/jobs/pictures/stage-times';
import type { Reference } from '../../../lib/jobs/reference';
import type { JobRow } from '../../../lib/jobs/rows';

export const fakeModel = 'ab'.repeat(32);

/** The row an undisturbed run has for an image. */
export function fakeRow(name: string, place: number): JobRow {
  return name.includes('broken')
    ? { image: name, error: { code: 'ERR_IMAGE_DECODE', message: 'it is broken' } }
    : { image: name, width: place, height: 1, categories: [] };
}

/**
 * A runner whose images do what their names say: `poison` ends the process, `lost` is out of reach, `refused` fails for no reason of its own;
 * all others take some milliseconds.
 */
export class FakeRunner implements PictureRunner {
  readonly modelHash = fakeModel;
  readonly device = 'fake';
  readonly times = noTimes();
  readonly #milliseconds: number;

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
  }

  async *run(
    references: Iterable<Reference> | AsyncIterable<Reference>,
    { first = 0 }: RunPicturesOptions = {},
  ): AsyncGenerator<PictureOutcome, void, undefined> {
    let place = first;
    for await (const { name } of references) {
      await sleep(this.#milliseconds);
      if (name.includes('poison')) {
        process.kill(process.pid, 'SIGKILL');
      }
      if (name.includes('lost')) {
        throw new MobileNetError('ERR_INPUT_LOST', 'the share is not mounted');
      }
      if (name.includes('refused')) {
        throw new MobileNetError('ERR_OUT_OF_MEMORY', `no room for ${name}`);
      }
      yield { row: fakeRow(name, place++), files: [] };
    }
  }

  async dispose(): Promise<void> {}
}
