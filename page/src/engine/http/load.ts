import type { LoadProgress } from '../../../../lib';
import { type Choice, EngineError, type LoadedModel } from '../engine';
import { ask, errorFrom, longPatience, serverGone } from './request';

type Line = LoadProgress | { model: LoadedModel } | { error: unknown };

/** Lines of JSON as they come. */
async function* linesOf(response: Response): AsyncGenerator<Line> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
    const lines = (rest + (value ?? '')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      yield JSON.parse(line) as Line;
    }
    if (done) {
      return;
    }
  }
}

/** Has the server make a model ready, telling how far it is. */
export async function load(
  { task, model, device }: Choice,
  onProgress: (progress: LoadProgress) => void,
  signal: AbortSignal,
): Promise<LoadedModel> {
  const query = new URLSearchParams({ task, device });
  const response = await ask(`v1/models/${encodeURIComponent(model)}/load?${query}`, {
    method: 'POST',
    signal,
    patience: longPatience,
  });
  try {
    for await (const line of linesOf(response)) {
      if ('model' in line) {
        return line.model;
      }
      if ('error' in line) {
        throw errorFrom(line);
      }
      onProgress(line);
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : error instanceof EngineError ? error : serverGone();
  }
  throw serverGone();
}
