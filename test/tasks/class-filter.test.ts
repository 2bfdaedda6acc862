import { classFilter, labelOf, toClassNames } from '../../lib/tasks/class-filter';
import { errorOf, matching } from '../error-of';

const labels = ['background', 'crane', 'tabby, tabby cat', 'crane', null];
const filter = (options: Parameters<typeof classFilter>[0], of = labels) => classFilter(options, of, 5);

test('labels, indices, shared labels, case', () => {
  expect(filter({ allow: ['crane', 0] })).toEqual(Uint8Array.of(1, 1, 0, 1, 0));
  expect(filter({ deny: ['Tabby, Tabby Cat', 1] })).toEqual(Uint8Array.of(1, 0, 0, 1, 0));
  expect(filter({})).toEqual(Uint8Array.of(1, 1, 1, 1, 0));
  expect(filter({ allow: ['Crane'] }, ['crane', 'Crane', 'a', 'b', 'c'])).toEqual(Uint8Array.of(0, 1, 0, 0, 0));
  expect(classFilter({}, [], 5)).toBeUndefined();
  expect(classFilter({ allow: [4] }, [], 5)).toEqual(Uint8Array.of(0, 0, 0, 0, 1));
  expect([labelOf(labels, 1), labelOf(labels, 4), labelOf([], 17)]).toEqual(['crane', 'class 4', 'class 17']);
});

test('the background is never reported', () => {
  expect(classFilter({}, [], 3, 0)).toEqual(Uint8Array.of(0, 1, 1));
  expect(classFilter({ allow: [0, 2] }, [], 3, 0)).toEqual(Uint8Array.of(0, 0, 1));
  expect(errorOf(() => classFilter({ allow: [0] }, [], 3, 0))).toMatch(matching('ERR_INVALID_OPTION', 'at least one class'));
});

test.each<[object, string]>([
  [{ allow: ['crane'], deny: [] }, 'expected allow or deny but received both'],
  [{ allow: 'crane' }, "an array of labels or class indices for allow but received 'crane'"],
  [{ allow: ['crain'] }, "allow: the model has no label 'crain': did you mean 'crane'?"],
  [{ deny: [5] }, 'labels or whole numbers from 0 to 4 for deny but received 5'],
  [{ deny: [-1] }, 'for deny but received -1'],
  [{ allow: [null] }, 'for allow but received null'],
  [{ allow: [] }, 'at least one class to be left for allow'],
  [{ allow: [4] }, 'at least one class to be left for allow'],
  [{ deny: [0, 'crane', 2] }, 'at least one class to be left for deny'],
])('refuses %j', (options, message) => {
  expect(errorOf(() => filter(options))).toMatch(matching('ERR_INVALID_OPTION', message));
});

test('a model without labels takes indices only', () => {
  expect(errorOf(() => classFilter({ allow: ['crane'] }, [], 5))).toMatch(matching('ERR_INVALID_OPTION', 'no labels'));
});

test('classes given as text', () => {
  expect(toClassNames(['17', 'cat', '3'], ['cat', '3'])).toEqual([17, 'cat', '3']);
  expect(toClassNames(undefined, [])).toBeUndefined();
});
