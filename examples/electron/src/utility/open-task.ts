import type { Classifier, Detector, ImageFailure, ImageInput, LoadOptions, RawImage, Segmenter } from 'mobilenet-metal';
import type { Choice, LoadedModel, PageTask, RunResult } from '../../../../page/src/engine/engine';
import type { MobileNet } from './mobilenet';

/** A task of the package with its model loaded, whichever it is. Options are what a page sent: the package checks them. */
export interface OpenTask {
  describe(name: string): LoadedModel;
  readonly device: 'cpu' | 'metal';
  run(image: ImageInput, options: object): Promise<RunResult>;
  stream(frames: AsyncIterable<RawImage>, options: FrameOptions): AsyncIterable<RunResult | ImageFailure>;
  dispose(): Promise<void>;
}

export interface FrameOptions {
  concurrency: number;
  signal: AbortSignal;
}

const perFrame = { onError: 'yield' } as const;

export async function openTask(
  mobilenet: MobileNet,
  { task, device }: Choice,
  model: string,
  options: LoadOptions,
): Promise<OpenTask> {
  const all: LoadOptions = { ...options, device: device as LoadOptions['device'] };
  switch (task) {
    case 'classify': {
      const classifier = await mobilenet.Classifier.load(model, all);
      return {
        ...common(task, classifier),
        run: (image, wanted) => classifier.classify(image, wanted),
        stream: (frames, wanted) => classifier.stream(frames, { ...wanted, ...perFrame }),
      };
    }
    case 'detect': {
      const detector = await mobilenet.Detector.load(model, all);
      return {
        ...common(task, detector),
        run: (image, wanted) => detector.detect(image, wanted),
        stream: (frames, wanted) => detector.stream(frames, { ...wanted, ...perFrame }),
      };
    }
    case 'segment': {
      const segmenter = await mobilenet.Segmenter.load(model, all);
      return {
        ...common(task, segmenter),
        run: (image, wanted) => segmenter.segment(image, wanted),
        stream: (frames, wanted) => segmenter.stream(frames, { ...wanted, ...perFrame }),
      };
    }
  }
}

type AnyTask = Classifier | Detector | Segmenter;

function common(task: PageTask, loaded: AnyTask): Pick<OpenTask, 'describe' | 'device' | 'dispose'> {
  const { device, labels, model } = loaded;
  const { width: inputWidth, height: inputHeight } = model.preprocessing;
  return {
    device,
    describe: (name) => ({ name, task, device, inputWidth, inputHeight, labels: [...labels] }),
    dispose: () => loaded.dispose(),
  };
}
