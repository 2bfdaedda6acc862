import { Format, type GenericFormatter, Presets, SingleBar } from 'cli-progress';
import { fileSize } from './format';
import { printable } from './output';

/** Characters of the bar, and milliseconds between two pictures of it. */
const barWidth = 24;
const interval = 100;

/** `name: █████░░░░░ 12.3 MB of 76.5 MB, 5s left`; `name: 12.3 MB` where nobody knows how much it will be. */
const formatter: GenericFormatter = (options, params, payload) => {
  const { name, phase } = payload as { name: string; phase: string };
  if (phase !== '' || params.total === 0) {
    return `${name}: ${phase || fileSize(params.value)}`;
  }
  const left = params.value > 0 && params.value < params.total ? ', {eta_formatted} left' : '';
  const format = `${name}: {bar} ${fileSize(params.value)} of ${fileSize(params.total)}${left}`;
  return Format.Formatter({ ...options, format }, params, payload);
};

/** How far a download has come, on stderr, for people only: nothing where stderr is no terminal. */
export class ByteProgress {
  readonly #bar: SingleBar | undefined;

  constructor(name: string) {
    if (process.stderr.isTTY) {
      const options = { format: formatter, stream: process.stderr, barsize: barWidth, fps: 1000 / interval, hideCursor: null };
      this.#bar = new SingleBar({ ...options, clearOnComplete: true, forceRedraw: true }, Presets.shades_classic);
      this.#bar.start(0, 0, { name: printable(name), phase: '' });
    }
  }

  update(loadedBytes: number, totalBytes = 0): void {
    this.#bar?.setTotal(totalBytes);
    this.#bar?.update(loadedBytes, { phase: '' });
  }

  /** Says what is being done instead of how many bytes have come. */
  phase(text: string): void {
    this.#bar?.update({ phase: text });
  }

  stop(): void {
    this.#bar?.stop();
  }
}
