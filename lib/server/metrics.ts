import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Task } from '../models/description';
import type { Timing } from '../tasks/base';

/** What the gauges show, asked for when somebody looks. */
export interface Levels {
  inside(): number;
  bodyBytes(): number;
  loadedModels(): number;
  cameras(): number;
}

const seconds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60];

/** The server's figures in Prometheus' text format. Labels are the server's own words, never a client's: their number is bounded. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: 'mobilenet_http_requests_total',
    help: 'Requests answered, by route and status',
    labelNames: ['route', 'status'],
    registers: [this.#registry],
  });
  readonly #requestSeconds = new Histogram({
    name: 'mobilenet_http_request_seconds',
    help: 'From the head of a request to its answer',
    labelNames: ['route'],
    buckets: seconds,
    registers: [this.#registry],
  });
  readonly #stageSeconds = new Histogram({
    name: 'mobilenet_stage_seconds',
    help: 'Where the time of a picture went',
    labelNames: ['task', 'model', 'stage'],
    buckets: seconds,
    registers: [this.#registry],
  });
  readonly #pictures = new Counter({
    name: 'mobilenet_pictures_total',
    help: 'Pictures and frames, by task and by what became of them: done, or the code of the error',
    labelNames: ['task', 'outcome'],
    registers: [this.#registry],
  });
  readonly #frames = new Counter({
    name: 'mobilenet_camera_frames_total',
    help: 'Frames of cameras: answered, failed or dropped',
    labelNames: ['outcome'],
    registers: [this.#registry],
  });

  constructor(levels: Levels) {
    collectDefaultMetrics({ register: this.#registry });
    this.#gauge('mobilenet_pictures_in_work', 'Pictures in work or waiting for their turn', levels.inside);
    this.#gauge('mobilenet_body_bytes', 'Memory that bodies of requests hold', levels.bodyBytes);
    this.#gauge('mobilenet_loaded_models', 'Models loaded', levels.loadedModels);
    this.#gauge('mobilenet_cameras', 'Cameras connected', levels.cameras);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  request(route: string, status: number, milliseconds: number): void {
    this.#requests.inc({ route, status });
    this.#requestSeconds.observe({ route }, milliseconds / 1000);
  }

  picture(task: Task, outcome: string): void {
    this.#pictures.inc({ task, outcome });
  }

  timing(task: Task, model: string, timing: Timing): void {
    for (const [stage, milliseconds] of Object.entries(timing)) {
      this.#stageSeconds.observe({ task, model, stage }, milliseconds / 1000);
    }
  }

  frames(outcome: 'answered' | 'failed' | 'dropped', count = 1): void {
    this.#frames.inc({ outcome }, count);
  }

  #gauge(name: string, help: string, level: () => number): void {
    new Gauge({
      ...{ name, help, registers: [this.#registry] },
      collect() {
        this.set(level());
      },
    });
  }
}
