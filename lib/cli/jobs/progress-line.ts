import { Format, type GenericFormatter, Presets, SingleBar } from 'cli-progress';
import type { JobProgress } from '../../jobs/job-progress';
import { grouped } from '../format';
import { say } from '../output';

/** Milliseconds between two lines where stderr is no terminal, and between two pictures of the bar where it is. */
const lineInterval = 5000;
const barInterval = 100;

const textWidth = 56;
const widestBar = 40;
const narrowestBar = 8;

/** `2.1 s`, `35 s`, `3 min`, `1 h 20 min` */
export function span(seconds: number): string {
  if (seconds < 100) {
    return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  }
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `158 per second`, `0.4 per second` */
export function perSecond(rate: number): string {
  return `${rate >= 10 ? grouped(Math.round(rate)) : rate.toFixed(1)} per second`;
}

/** `1,234 of 10,000 images, 3 failed, 158 per second, 56 s left` */
export function progressText({ total, rows, failed, rate }: JobProgress): string {
  const parts = [total === undefined ? `${grouped(rows)} images` : `${grouped(rows)} of ${grouped(total)} images`];
  if (failed > 0) {
    parts.push(`${grouped(failed)} failed`);
  }
  if (rate > 0) {
    parts.push(perSecond(rate));
    if (total !== undefined) {
      parts.push(`${span((total - rows) / rate)} left`);
    }
  }
  return parts.join(', ');
}

/** How far a job is, on stderr: a bar on a terminal, a line every few seconds elsewhere. */
export class JobProgressLine {
  readonly #stream: NodeJS.WriteStream;
  #bar: SingleBar | undefined;
  #text = '';
  #last = performance.now();

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
  }

  show(progress: JobProgress): void {
    if (!this.#stream.isTTY) {
      this.#line(progress);
      return;
    }
    const now = performance.now();
    if (this.#bar && now - this.#last < barInterval) {
      return;
    }
    this.#last = now;
    this.#text = progressText(progress);
    if (!this.#bar) {
      this.#start(progress.total);
    }
    this.#bar?.update(progress.rows);
  }

  #line(progress: JobProgress): void {
    const now = performance.now();
    if (now - this.#last >= lineInterval) {
      this.#last = now;
      say(progressText(progress), this.#stream);
    }
  }

  #start(total: number | undefined): void {
    const room = (this.#stream.columns || 80) - textWidth;
    const formatter: GenericFormatter = (options, params, payload) =>
      Format.Formatter({ ...options, format: total === undefined ? this.#text : `{bar} ${this.#text}` }, params, payload);
    this.#bar = new SingleBar(
      {
        format: formatter,
        stream: this.#stream,
        barsize: Math.min(widestBar, Math.max(narrowestBar, room)),
        hideCursor: null,
        clearOnComplete: true,
        fps: 1000 / barInterval,
      },
      Presets.shades_classic,
    );
    this.#bar.start(total ?? 1, 0);
  }

  /** Takes the bar off the terminal. */
  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}
