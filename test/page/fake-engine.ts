import type { ClassifyResult } from '../../lib';
import {
  type Choice,
  type Engine,
  EngineError,
  type EngineErrorCode,
  type EngineModel,
  type RunResults,
} from '../../page/src/engine/engine';

export const timing = { decode: 1, queue: 0, preprocess: 0, network: 2, postprocess: 0 };

const model = (name: string, task: EngineModel['task'], location: EngineModel['location'] = 'bundled'): EngineModel => ({
  name,
  task,
  license: 'Apache-2.0',
  location,
});

/** One call of `run`, until the test answers it. */
export interface FakeRun {
  choice: Choice;
  image: File;
  options: object;
  signal: AbortSignal;
  answer(): void;
  fail(code: EngineErrorCode): void;
}

/** An engine whose answers the test gives. */
export class FakeEngine {
  gone = false;
  /** Of every model. */
  labels: (string | null)[] = Array.from({ length: 1000 }, (_, i) => `class ${i}`);
  loads: Choice[] = [];
  runs: FakeRun[] = [];
  models = [
    model('small', 'classify'),
    model('large', 'classify'),
    model('elsewhere', 'classify', 'available'),
    model('boxes', 'detect'),
    model('masks', 'segment'),
  ];

  /** It as the page sees it. */
  readonly engine: Engine = {
    describe: () => this.#unlessGone({ home: 'server', version: '1.0.0', maxBytes: 1000, maxPixels: 1e6 }),
    listModels: () => this.#unlessGone([...this.models]),
    listDevices: () => this.#unlessGone([{ type: 'cpu', id: 'cpu', name: 'a processor', instructionSets: [], logicalCores: 2 }]),
    load: async (choice) => {
      this.loads.push(choice);
      const { model: name, task } = choice;
      return this.#unlessGone({ name, task, device: 'cpu', inputWidth: 224, inputHeight: 224, labels: this.labels });
    },
    run: <Task extends Choice['task']>(choice: Choice & { task: Task }, image: Blob, options: object, signal: AbortSignal) =>
      new Promise<RunResults[Task]>((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
        this.runs.push({
          choice,
          image: image as File,
          options,
          signal,
          answer: () => resolve(this.#result(choice) as RunResults[Task]),
          fail: (code) => reject(new EngineError(code, `failed with ${code}`)),
        });
      }),
    openStream: () => Promise.reject(new EngineError('ERR_INTERNAL', 'no cameras here')),
  };

  /** Runs that are neither answered nor aborted. */
  get waiting(): FakeRun[] {
    return this.runs.filter(({ signal }) => !signal.aborted);
  }

  #result(choice: Choice): ClassifyResult {
    const categories = Array.from({ length: 20 }, (_, index) => ({ index, label: `class ${index}`, score: 0.5 / (index + 1) }));
    return { width: 10, height: 10, model: choice.model, device: 'cpu', timing, categories };
  }

  async #unlessGone<Value>(value: Value): Promise<Value> {
    if (this.gone) {
      throw new EngineError('ERR_SERVER_GONE', 'nobody answers');
    }
    return value;
  }
}
