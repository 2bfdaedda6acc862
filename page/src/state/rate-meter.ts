/** How often something happens, over the last moments. */
export class RateMeter {
  #times: number[] = [];

  /** @param window milliseconds looked back */
  constructor(readonly window = 2000) {}

  /** @param now in milliseconds, as is that of {@link perSecond} */
  add(now: number): void {
    this.#times.push(now);
    this.#forget(now);
  }

  /** Times a second; 0 until it has happened twice. */
  perSecond(now: number): number {
    this.#forget(now);
    const [first] = this.#times;
    const last = this.#times.at(-1);
    if (first === undefined || last === undefined || last === first) {
      return 0;
    }
    return ((this.#times.length - 1) * 1000) / (last - first);
  }

  reset(): void {
    this.#times = [];
  }

  #forget(now: number): void {
    const kept = this.#times.findIndex((time) => time >= now - this.window);
    this.#times = kept < 0 ? [] : this.#times.slice(kept);
  }
}
