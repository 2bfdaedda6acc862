/** Lets any number in together, or one alone. Who waits is let in in the order of coming, so that nobody waits for ever. */
export class Gate {
  #inside = 0;
  #isAlone = false;
  readonly #waiting: { alone: boolean; enter: () => void }[] = [];

  /** Resolves to the function that leaves. */
  async enter(alone: boolean): Promise<() => void> {
    await new Promise<void>((enter) => {
      this.#waiting.push({ alone, enter });
      this.#admit();
    });
    return () => {
      this.#inside--;
      this.#isAlone = false;
      this.#admit();
    };
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      if (this.#isAlone || (next.alone && this.#inside > 0)) {
        return;
      }
      this.#waiting.shift();
      this.#inside++;
      this.#isAlone = next.alone;
      next.enter();
    }
  }
}
