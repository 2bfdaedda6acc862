import { effect, type ReadonlySignal, signal, untracked } from '@preact/signals';
import { shrinkTo } from '../drawing/geometry';
import type { EngineError, FrameStream } from '../engine/engine';
import { CameraError, openCamera } from './camera-device';
import type { Connection } from './connection';
import { toEngineError } from './errors';
import { RateMeter } from './rate-meter';
import type { RunPlan } from './run-plan';
import { keepResult, type ShownResult } from './shown-result';

export type CameraState = { kind: 'off' | 'asking' | 'on' } | { kind: 'failed'; error: CameraError };

/** Longest side of a frame that is sent, in pixels: no network here looks at larger ones. */
const longestFrame = 640;
/** Frames sent and not answered, at most; what the camera takes meanwhile is dropped here already. */
const mostUnanswered = 2;
/** Milliseconds after which a busy engine is asked again. */
const busyPause = 1500;

/** The camera, its frames' way to the engine and back, and how fast that goes. */
export class Camera {
  readonly state = signal<CameraState>({ kind: 'off' });
  readonly media = signal<MediaStream | undefined>(undefined);
  readonly cameras = signal<readonly MediaDeviceInfo[]>([]);
  readonly result = signal<ShownResult | undefined>(undefined);
  /** Why no answers come. */
  readonly trouble = signal<EngineError | undefined>(undefined);
  readonly framesPerSecond = signal(0);
  readonly dropped = signal(0);
  readonly #attempt = signal(0);
  readonly #meter = new RateMeter();
  #video: HTMLVideoElement | undefined;
  #asked = 0;

  constructor(
    readonly connection: Connection,
    plan: ReadonlySignal<RunPlan | undefined>,
  ) {
    effect(() => {
      this.#attempt.value;
      const media = this.media.value;
      const wanted = plan.value;
      if (!media || !wanted) {
        return;
      }
      const controller = new AbortController();
      untracked(() => this.#stream(wanted, controller.signal));
      return () => controller.abort();
    });
  }

  /** @param deviceId of {@link cameras}. Default: the browser's choice. */
  async start(deviceId?: string): Promise<void> {
    const asked = ++this.#asked;
    this.#release();
    this.state.value = { kind: 'asking' };
    this.dropped.value = 0;
    try {
      const media = await openCamera(deviceId);
      if (asked !== this.#asked) {
        stopTracks(media);
        return;
      }
      for (const track of media.getVideoTracks()) {
        track.addEventListener('ended', () => this.media.value === media && this.#fail(new CameraError('unplugged')));
      }
      this.state.value = { kind: 'on' };
      this.media.value = media;
      const devices = await navigator.mediaDevices.enumerateDevices();
      this.cameras.value = devices.filter(({ kind, deviceId: id }) => kind === 'videoinput' && id !== '');
    } catch (error) {
      if (asked === this.#asked) {
        this.#fail(error instanceof CameraError ? error : new CameraError('other', String(error)));
      }
    }
  }

  stop(): void {
    this.#asked++;
    this.#release();
    this.state.value = { kind: 'off' };
  }

  /** Has the frames taken from this element, which plays {@link media}. */
  watch(video: HTMLVideoElement | undefined): void {
    this.#video = video;
  }

  /** Asks the engine for answers again. */
  retry(): void {
    this.#attempt.value++;
  }

  /** What the camera shows now, as a file. */
  async takePhoto(): Promise<File | undefined> {
    const video = this.#video;
    if (!video || video.videoWidth === 0) {
      return undefined;
    }
    const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    canvas.getContext('2d')?.drawImage(video, 0, 0);
    const blob = await canvas.convertToBlob({ type: 'image/png' });
    const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
    return new File([blob], `camera-${time}.png`, { type: 'image/png' });
  }

  #fail(error: CameraError): void {
    this.#release();
    this.state.value = { kind: 'failed', error };
  }

  #release(): void {
    const media = this.media.value;
    this.media.value = undefined;
    this.result.value = undefined;
    this.trouble.value = undefined;
    if (media) {
      stopTracks(media);
    }
  }

  /** Sends frames and takes answers, until the signal ends it. */
  async #stream(plan: RunPlan, signal: AbortSignal): Promise<void> {
    this.result.value = undefined;
    this.trouble.value = undefined;
    this.framesPerSecond.value = 0;
    this.#meter.reset();
    const { task } = plan.choice;
    const ended = (thrown: unknown) => {
      if (signal.aborted) {
        return;
      }
      const error = toEngineError(thrown);
      this.framesPerSecond.value = 0;
      this.trouble.value = error;
      if (error.code === 'ERR_SERVER_GONE') {
        this.connection.lost(error);
      } else if (error.code === 'ERR_BUSY') {
        setTimeout(() => !signal.aborted && this.retry(), busyPause);
      }
    };
    let stream: FrameStream;
    try {
      stream = await this.connection.engine.openStream(plan.choice, plan.options, {
        result: (result) => {
          if (!signal.aborted) {
            this.#meter.add(performance.now());
            this.trouble.value = undefined;
            this.result.value = keepResult(task, result);
          }
        },
        failed: (error) => {
          if (!signal.aborted) {
            this.trouble.value = error;
          }
        },
        dropped: (count) => {
          if (!signal.aborted) {
            this.dropped.value += count;
          }
        },
        closed: (error) => {
          clearInterval(clock);
          if (error) {
            ended(error);
          }
        },
      });
    } catch (error) {
      ended(error);
      return;
    }
    const clock = setInterval(() => {
      this.framesPerSecond.value = this.#meter.perSecond(performance.now());
    }, 500);
    const close = () => {
      clearInterval(clock);
      stream.close();
    };
    if (signal.aborted) {
      close();
      return;
    }
    signal.addEventListener('abort', close, { once: true });
    this.#pump(stream, signal);
  }

  /** Hands each new picture of the camera over, unless the engine still has enough of them. */
  #pump(stream: FrameStream, signal: AbortSignal): void {
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('2d', { willReadFrequently: true });
    const next = () => {
      if (signal.aborted || !context) {
        return;
      }
      const video = this.#video;
      if (video && video.videoWidth > 0 && !this.trouble.value?.code.startsWith('ERR_SERVER')) {
        if (stream.unanswered < mostUnanswered) {
          const size = shrinkTo({ width: video.videoWidth, height: video.videoHeight }, longestFrame);
          if (canvas.width !== size.width || canvas.height !== size.height) {
            Object.assign(canvas, size);
          }
          context.drawImage(video, 0, 0, size.width, size.height);
          stream.send(context.getImageData(0, 0, size.width, size.height));
        } else {
          this.dropped.value++;
        }
      }
      wait();
    };
    const wait = () => {
      if (this.#video?.requestVideoFrameCallback) {
        this.#video.requestVideoFrameCallback(next);
      } else {
        requestAnimationFrame(next);
      }
    };
    wait();
  }
}

function stopTracks(media: MediaStream): void {
  for (const track of media.getTracks()) {
    track.stop();
  }
}
