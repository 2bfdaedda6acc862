import { coveringRows } from '../../lib/doctor/covering';

const factors = { a: [1, 2, 3, 4], b: ['x', 'y', 'z'], c: [true, false], d: [10, 20, 30] };

/** How often levels of some parameters meet, each meeting once. */
function meetings(rows: readonly Record<string, unknown>[], names: readonly string[]): Set<string> {
  return new Set(rows.map((row) => names.map((name) => String(row[name])).join()));
}

test.each([
  [1, [['a'], ['d']], [4, 3]],
  [
    2,
    [
      ['a', 'b'],
      ['a', 'd'],
      ['c', 'd'],
    ],
    [12, 12, 6],
  ],
  [
    3,
    [
      ['a', 'b', 'd'],
      ['b', 'c', 'd'],
    ],
    [36, 18],
  ],
])('any %d parameters meet in all their levels', (strength, groups, counts) => {
  const rows = coveringRows(factors, strength);
  expect(groups.map((names) => meetings(rows, names).size)).toEqual(counts);
  expect(rows.length).toBeLessThan(72);
  expect(coveringRows(factors, strength)).toEqual(rows);
});

test('rows are few', () => {
  expect(coveringRows(factors, 2).length).toBeLessThanOrEqual(16);
});

test('what is not allowed is left out, and the rest still meets', () => {
  const isAllowed = ({ a, b }: { a: number; b: string }) => a < 4 || b === 'x';
  const rows = coveringRows(factors, 2, isAllowed);
  expect(rows.every(isAllowed)).toBe(true);
  expect(meetings(rows, ['a', 'b']).size).toBe(10);
  expect(coveringRows(factors, 2, () => false)).toEqual([]);
});
