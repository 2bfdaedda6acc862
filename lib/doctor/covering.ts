/** The levels each parameter can have. */
export type Factors = Readonly<Record<string, readonly unknown[]>>;

/** One level of every parameter. */
export type Row<F extends Factors> = { [Name in keyof F]: F[Name][number] };

/** Rows looked at for each that is taken. */
const candidates = 48;

function* combinations(of: number, count: number, from = 0): Iterable<number[]> {
  if (count === 0) {
    yield [];
    return;
  }
  for (let first = from; first <= of - count; first++) {
    for (const rest of combinations(of, count - 1, first + 1)) {
      yield [first, ...rest];
    }
  }
}

/** All rows, as levels by number. */
function* everyRow(levels: readonly number[]): Iterable<number[]> {
  const row = levels.map(() => 0);
  for (;;) {
    yield [...row];
    let at = row.length - 1;
    while (at >= 0 && (row[at] as number) + 1 === levels[at]) {
      row[at--] = 0;
    }
    if (at < 0) {
      return;
    }
    row[at] = (row[at] as number) + 1;
  }
}

/** Takes rows until they hold every meeting of levels that the others hold. Greedy, and the same every time. */
function cover(rows: readonly number[][], meetings: (row: number[]) => string[]): number[][] {
  const open = new Set(rows.flatMap(meetings));
  const taken: number[][] = [];
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % rows.length;
  };
  const gain = (row: number[]) => meetings(row).reduce((sum, meeting) => sum + (open.has(meeting) ? 1 : 0), 0);
  while (open.size > 0) {
    let best = rows[next()] as number[];
    for (let tried = 0; tried < candidates || gain(best) === 0; tried++) {
      // Once random rows have nothing new, the rows are gone through in order.
      const row = rows[tried < candidates ? next() : tried - candidates] as number[];
      best = gain(row) > gain(best) ? row : best;
    }
    for (const meeting of meetings(best)) {
      open.delete(meeting);
    }
    taken.push(best);
  }
  return taken;
}

/**
 * A choice of rows in which any `strength` parameters meet in all of their levels, as far as `isAllowed` lets them: a mistake that takes no
 * more of them to show does so in one row. For a few thousand rows in all.
 */
export function coveringRows<const F extends Factors>(
  factors: F,
  strength: number,
  isAllowed: (row: Row<F>) => boolean = () => true,
): Row<F>[] {
  const names = Object.keys(factors);
  const levels = names.map((name) => factors[name] as readonly unknown[]);
  const toRow = (row: number[]) => Object.fromEntries(names.map((name, at) => [name, levels[at]?.[row[at] as number]])) as Row<F>;
  const groups = [...combinations(names.length, Math.min(strength, names.length))];
  const meetings = (row: number[]) => groups.map((group) => `${group}:${group.map((at) => row[at])}`);
  const allowed = [...everyRow(levels.map(({ length }) => length))].filter((row) => isAllowed(toRow(row)));
  return cover(allowed, meetings).map(toRow);
}
