import { availableParallelism } from 'node:os';
import type { ImageInput } from '../../images/image';
import { chooseDevice } from '../../runtime/devices';
import type { JobSpec } from '../spec';
import { type OpenedTask, openTask, type PictureResult } from './open-task';

interface Lane {
  task: OpenedTask;
  pictures: number;
}

/**
 * Several tasks as one: each picture goes to the one with the fewest. On the processor a job gets the most out of networks of one thread
 * each, as many as there are processors: threads that share a picture wait for one another between its layers, all the more while decoders
 * keep the processors busy. The networks share their weights.
 */
class TaskLanes implements OpenedTask {
  readonly #lanes: Lane[];

  constructor(
    tasks: OpenedTask[],
    readonly bytesPerPixel: number,
  ) {
    this.#lanes = tasks.map((task) => ({ task, pictures: 0 }));
  }

  async process(image: ImageInput, signal: AbortSignal): Promise<PictureResult> {
    const lane = this.#lanes.reduce((best, each) => (each.pictures < best.pictures ? each : best));
    lane.pictures++;
    try {
      return await lane.task.process(image, signal);
    } finally {
      lane.pictures--;
    }
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#lanes.map(({ task }) => task.dispose()));
  }
}

/**
 * Loads the model of a job for as many pictures at a time as the device is good for. `threads` says how many threads the networks have in
 * all. Rejects as the task's `load` does.
 */
export async function openTaskLanes(spec: JobSpec): Promise<OpenedTask> {
  const { threads = availableParallelism() } = spec;
  // The first says what is wrong with the options, and only then is the device looked at.
  const single = { ...spec, threads: spec.threads === undefined ? 1 : Math.min(spec.threads, 1) };
  const first = await openTask(single);
  const tasks = [first];
  try {
    if (chooseDevice(spec.device ?? 'auto').type === 'cpu') {
      while (tasks.length < threads) {
        tasks.push(await openTask(single));
      }
    }
    return new TaskLanes(tasks, first.bytesPerPixel);
  } catch (error) {
    await Promise.all(tasks.map((task) => task.dispose()));
    throw error;
  }
}
