import { difference } from '../../scripts/docs/loose';

const same = (shown: string, printed: string) => difference(shown, printed) === undefined;

test('words and marks must be equal, white space does not count', () => {
  expect(same('a  b\n[ c ]', 'a b [c]')).toBe(true);
  expect(same('Egyptian cat', 'Persian cat')).toBe(false);
  expect(same('{ a }', '[ a ]')).toBe(false);
  expect(same('a b', 'a b c')).toBe(false);
  expect(same('a b c', 'a b')).toBe(false);
});

test.each([
  ['0.756', '0.7562288', true],
  ['0.756', '0.7649', false],
  ['106913', '106950', true],
  ['106913', '116913', false],
  ['286', '287', true],
  ['286', '290', false],
  ['3 failed', '3 failed', true],
  ['3 failed', '4 failed', false],
  ['174,22  238 x 228', '174,23  238 x 228', true],
])('the number in %j may be that in %j: %j', (shown, printed, expected) => {
  expect(same(shown, printed)).toBe(expected);
});

test('times, rates and memory may be any', () => {
  expect(same('2 images in 82.6 ms (network 33.4 ms each)', '2 images in 9 ms (network 1.1 ms each)')).toBe(true);
  expect(same('2 images in 82.6 ms', '3 images in 82.6 ms')).toBe(false);
  expect(same('in 0.8 s, 55 per second', 'in 12.3 s, 4 per second')).toBe(true);
  expect(same('12 MiB', '900 MiB')).toBe(true);
  expect(same('{ decode: 13.1, queue: 0.2 }  (milliseconds)', '{ decode: 48.06, queue: 12.9 }')).toBe(true);
  expect(same('{ decode: 13.1 }  (milliseconds)', '{ decoded: 13.1 }')).toBe(false);
});

test('… stands for anything, and for nothing', () => {
  expect(same('[ 1, … ]', '[ 1, 2, 3 ]')).toBe(true);
  expect(same('a … z', 'a z')).toBe(true);
  expect(same('a …\nz', 'a b c d')).toBe(false);
  expect(same('0.756…', '0.7562288')).toBe(true);
});

test('bars are bars, however long', () => {
  expect(same('75 %  ███▏  cat', '75 %  ██████▌  cat')).toBe(true);
  expect(same('75 %  ███▏  cat', '75 %  cat')).toBe(false);
});

test('a difference says where they part', () => {
  expect(difference('one two three', 'one two four')).toContain("'one two three'");
});
