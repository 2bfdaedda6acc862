import type {
  ClassifyOptions,
  ClassifyResult,
  DetectOptions,
  DetectResult,
  DeviceInfo,
  ErrorCode,
  ListedModel,
  LoadProgress,
  SegmentOptions,
  SegmentResult,
} from '../../../lib';

/** What the page shows. */
export type PageTask = 'classify' | 'detect' | 'segment';

/** A model that can be chosen. `given` ones are files that whoever started the engine named. */
export interface EngineModel {
  name: string;
  task: PageTask | 'embed';
  description?: string;
  license: string;
  /** `available` ones must be pulled (`mobilenet models pull NAME`) before they can be loaded. */
  location: ListedModel['location'] | 'available' | 'given';
  /** Of its file, where it is here. */
  bytes?: number;
}

/** What runs what, on what. */
export interface Choice {
  task: PageTask;
  /** Name of a model of {@link Engine.listModels}. */
  model: string;
  /** `auto`, or the `id` of a device of {@link Engine.listDevices}. */
  device: string;
}

/** A model that is ready. */
export interface LoadedModel {
  name: string;
  task: PageTask;
  /** What it runs on. */
  device: 'cpu' | 'metal';
  /** Of the network's input, in pixels. */
  inputWidth: number;
  inputHeight: number;
  /** Label of each class index; null where an index stands for nothing. */
  labels: (string | null)[];
}

/** Options of a run by task; what the API calls them, without what only works within one process. */
export interface RunOptions {
  classify: Pick<ClassifyOptions, 'topK' | 'scoreThreshold'>;
  detect: Pick<DetectOptions, 'scoreThreshold' | 'iouThreshold' | 'maxResults'>;
  segment: Pick<SegmentOptions, 'output'>;
}

export interface RunResults {
  classify: ClassifyResult;
  detect: DetectResult;
  segment: SegmentResult;
}

export type RunResult = RunResults[PageTask];

/** One picture of the camera: pixels, rows from the top, RGBA. */
export type Frame = ImageData;

/** Told of what becomes of the frames of a {@link FrameStream}. */
export interface FrameListener {
  /** Answers come in the order of their frames. */
  result(result: RunResult): void;
  /** One frame failed; the stream goes on. */
  failed(error: EngineError): void;
  /** So many frames were dropped since the last call, because newer ones came. */
  dropped(count: number): void;
  /** The stream has ended: with an error, unless `close` was called. */
  closed(error?: EngineError): void;
}

/** Frames in, answers out, nothing queued: a frame that the engine has no time for is dropped. */
export interface FrameStream {
  /** Frames handed over that neither an answer nor a failure nor a drop has been told of. */
  readonly unanswered: number;
  send(frame: Frame): void;
  /** Ends it; no more calls of the listener but `closed`. */
  close(): void;
}

/** What the engine is, and what it takes. */
export interface EngineInfo {
  home: 'server' | 'electron';
  /** Of the package. */
  version: string;
  /** Of one picture's file, at most. */
  maxBytes: number;
  /** Of one picture, at most. */
  maxPixels: number;
}

/** `ERR_SERVER_GONE`: the server, or the process that runs the networks, does not answer. `ERR_BUSY`: it has too much to do. */
export type EngineErrorCode = ErrorCode | 'ERR_SERVER_GONE' | 'ERR_BUSY' | 'ERR_TIMEOUT' | 'ERR_BODY_TOO_LARGE';

/** What all calls of an engine reject with, but for aborts, which reject with the signal's reason. */
export class EngineError extends Error {
  constructor(
    readonly code: EngineErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'EngineError';
  }
}

/**
 * What runs the networks for the page: a server over HTTP (`http-engine.ts`), or a process of an Electron app over a bridge
 * (`bridge-engine.ts`). The page knows nothing else of where it is at home.
 */
export interface Engine {
  describe(): Promise<EngineInfo>;
  listModels(): Promise<EngineModel[]>;
  listDevices(): Promise<DeviceInfo[]>;
  /** Makes a model ready; runs would do so too, without telling how far they are. */
  load(choice: Choice, onProgress: (progress: LoadProgress) => void, signal: AbortSignal): Promise<LoadedModel>;
  /** Runs on the bytes of one image file. */
  run<Task extends PageTask>(
    choice: Choice & { task: Task },
    image: Blob,
    options: RunOptions[Task],
    signal: AbortSignal,
  ): Promise<RunResults[Task]>;
  openStream<Task extends PageTask>(
    choice: Choice & { task: Task },
    options: RunOptions[Task],
    listener: FrameListener,
  ): Promise<FrameStream>;
  /** Calls `listener` whenever the home opens photos by itself, as by a menu; returns what ends that. */
  onPhotos?(listener: (photos: File[]) => void): () => void;
  /** Calls `listener` whenever {@link listModels} gives others than before, with the name of one that was just opened; returns what ends that. */
  onModels?(listener: (opened?: string) => void): () => void;
}
