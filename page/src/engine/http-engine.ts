import type { DeviceInfo, LoadProgress } from '../../../lib';
import type {
  Choice,
  Engine,
  EngineInfo,
  EngineModel,
  FrameListener,
  FrameStream,
  LoadedModel,
  PageTask,
  RunOptions,
  RunResults,
} from './engine';
import { HttpFrameStream } from './http/frame-stream';
import { load } from './http/load';
import { queryOf } from './http/query';
import { askJson, longPatience } from './http/request';
import { answerOptions, resultFrom } from './http/results';

/** The server that sent the page (`mobilenet serve`). */
export class HttpEngine implements Engine {
  async describe(): Promise<EngineInfo> {
    const [{ version }, { maxBytes, maxPixels }] = await Promise.all([
      askJson<{ version: string }>('healthz'),
      askJson<{ maxBytes: number; maxPixels: number }>('v1/limits'),
    ]);
    return { home: 'server', version, maxBytes, maxPixels };
  }

  async listModels(): Promise<EngineModel[]> {
    return (await askJson<{ models: EngineModel[] }>('v1/models')).models;
  }

  async listDevices(): Promise<DeviceInfo[]> {
    return (await askJson<{ devices: DeviceInfo[] }>('v1/devices')).devices;
  }

  load(choice: Choice, onProgress: (progress: LoadProgress) => void, signal: AbortSignal): Promise<LoadedModel> {
    return load(choice, onProgress, signal);
  }

  async run<Task extends PageTask>(
    choice: Choice & { task: Task },
    image: Blob,
    options: RunOptions[Task],
    signal: AbortSignal,
  ): Promise<RunResults[Task]> {
    const { task } = choice;
    const query = queryOf(choice, { ...options, ...answerOptions(task) });
    // Without a type of its own: the server looks at the bytes, and would refuse what a browser calls a text.
    const body = image.slice(0, image.size, 'application/octet-stream');
    const json = await askJson<unknown>(`v1/${task}?${query}`, { method: 'POST', body, signal, patience: longPatience });
    return (await resultFrom(task, json)) as RunResults[Task];
  }

  openStream<Task extends PageTask>(
    choice: Choice & { task: Task },
    options: RunOptions[Task],
    listener: FrameListener,
  ): Promise<FrameStream> {
    return HttpFrameStream.open(choice, options, listener);
  }
}
