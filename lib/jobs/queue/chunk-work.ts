import { MobileNetError } from '../../errors';
import type { PictureOutcome, PictureRunner } from '../picture-runner';
import type { Reference } from '../reference';
import { type FailedRow, isFailed, type JobRow } from '../rows';
import type { Chunk } from './queue-job';
import type { ChunkTries, QueueStore } from './queue-store';

/** Deaths of workers at the side of an image after which it is set apart; one of a whole chunk counts for all its images. */
const mostDeaths = 3;
/** The failure of a chunk in which what goes wrong with an image becomes its row. */
const mostFailures = 3;

/** What concerns the machine and not the picture: another worker may do. */
export const machineCodes = ['ERR_INPUT_LOST', 'ERR_NO_DEVICE', 'ERR_NATIVE_LOAD', 'ERR_WRITE'];

/** A chunk that was worked on. */
export interface ChunkOutcome {
  rows: JobRow[];
  /** Paths of files written beside them. */
  files: string[];
}

const toReference = ({ name, root }: Chunk['images'][number]): Reference => ({ name, image: name, root });

/** All images of a chunk, several at a time. */
export async function workThrough({ images, first }: Chunk, runner: PictureRunner): Promise<ChunkOutcome> {
  const outcome: ChunkOutcome = { rows: [], files: [] };
  for await (const { row, files } of runner.run(images.map(toReference), { first })) {
    outcome.rows.push(row);
    outcome.files.push(...files);
  }
  return outcome;
}

/**
 * The same for a chunk whose worker died, or failed: one image at a time, each noted in Redis while it is in hand, so that the one that kills
 * workers is found and set apart. Nothing else may be in work in this process meanwhile, or an image would be blamed for another's doing.
 */
export async function workCarefully(
  { job, chunk, images, first }: Chunk,
  runner: PictureRunner,
  store: QueueStore,
  tries: ChunkTries,
): Promise<ChunkOutcome> {
  const outcome: ChunkOutcome = { rows: [], files: [] };
  const lastTry = tries.failed + 1 >= mostFailures;
  for (const [index, image] of images.entries()) {
    const deaths = Math.min(1, tries.begun) + (await store.takeInHand(job, chunk, index));
    if (deaths >= mostDeaths) {
      // Not put down: should another image of the chunk be like that, this one is known already when the chunk begins anew.
      outcome.rows.push(poisonRow(image.name));
      continue;
    }
    try {
      const { row, files } = await oneImage(toReference(image), { runner, place: first + index, lastTry });
      outcome.rows.push(row);
      outcome.files.push(...files);
    } finally {
      await store.putDown(job, chunk, index);
    }
  }
  return outcome;
}

function poisonRow(image: string): FailedRow {
  const message = `the process that worked on '${image}' ended each of the ${mostDeaths} times`;
  return { image, error: { code: 'ERR_POISON_IMAGE', message } };
}

async function oneImage(
  reference: Reference,
  { runner, place, lastTry }: { runner: PictureRunner; place: number; lastTry: boolean },
): Promise<PictureOutcome> {
  try {
    for await (const outcome of runner.run([reference], { first: place })) {
      return outcome;
    }
    throw new MobileNetError('ERR_INTERNAL', `no row came of '${reference.name}'`);
  } catch (error) {
    if (lastTry && error instanceof MobileNetError && !machineCodes.includes(error.code)) {
      return { row: { image: reference.name, error: { code: error.code, message: error.message } }, files: [] };
    }
    throw error;
  }
}

export const failedAmong = (rows: readonly JobRow[]) => rows.filter(isFailed).length;
