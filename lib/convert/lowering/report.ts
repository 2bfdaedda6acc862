/** What a conversion did to the source graph, in words, with how often. */
export interface ReportLine {
  /** What was done, such as `batch normalisations folded`. */
  action: string;
  /** How often. */
  count: number;
}

export class Report {
  readonly #counts = new Map<string, number>();

  count(action: string, times = 1): void {
    if (times > 0) {
      this.#counts.set(action, (this.#counts.get(action) ?? 0) + times);
    }
  }

  /** In the order in which each action first happened. */
  lines(): ReportLine[] {
    return [...this.#counts].map(([action, count]) => ({ action, count }));
  }
}
