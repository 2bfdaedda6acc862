import { ByteProgress } from '../../lib/cli/byte-progress';
import { Progress } from '../../lib/cli/progress';

const before = { isTTY: process.stderr.isTTY, columns: process.stderr.columns };
let writes: string[] = [];

beforeEach(() => {
  writes = [];
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    writes.push(String(text));
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  Object.assign(process.stderr, before);
});

/** What a run of so many images writes to a terminal of so many columns: every bar of it. */
function barsOf(images: number, columns: number): string[] {
  Object.assign(process.stderr, { isTTY: true, columns });
  const progress = new Progress(images, 'images');
  for (let i = 0; i < images; i++) {
    progress.clear();
    progress.step();
  }
  progress.stop();
  return writes.filter((text) => text.includes('images'));
}

test.each([200, 80, 60, 44])('the bar fits a terminal of %i columns', (columns) => {
  const bars = barsOf(20, columns);
  expect(bars[0]).toMatch(/^░+ 0\/20 images$/);
  expect(bars.at(-1)).toMatch(/^█+ 20\/20 images, 0s left$/);
  expect(Math.max(...bars.map((text) => text.length))).toBeLessThanOrEqual(columns);
});

test('long lines of results are not cut off meanwhile: the terminal goes on wrapping them', () => {
  barsOf(3, 80);
  expect(writes.join('')).toContain('3/3 images');
  expect(writes.join('')).not.toContain('\x1b[?7l');
});

test('nothing for one image, nothing where nobody looks', () => {
  expect(barsOf(1, 80)).toEqual([]);
  Object.assign(process.stderr, { isTTY: false });
  new Progress(3, 'images').step();
  expect(writes).toEqual([]);
});

test('the name of what is downloaded cannot steer the terminal', () => {
  Object.assign(process.stderr, { isTTY: true, columns: 80 });
  const progress = new ByteProgress('a\x1b[2Jb\nc');
  progress.update(1, 2);
  progress.stop();
  expect(writes.join('')).toContain('a\ufffd[2Jb\ufffdc: ');
  expect(writes.join('')).not.toContain('\x1b[2J');
});
