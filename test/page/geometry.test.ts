import { contains, fitInside, scaleArea, shrinkTo } from '../../page/src/drawing/geometry';

test('fitInside keeps proportions, and enlarges as far as is allowed', () => {
  expect(fitInside({ width: 600, height: 400 }, { width: 300, height: 300 })).toEqual({ width: 300, height: 200 });
  expect(fitInside({ width: 400, height: 600 }, { width: 300, height: 300 })).toEqual({ width: 200, height: 300 });
  expect(fitInside({ width: 10, height: 10 }, { width: 300, height: 300 }, 3)).toEqual({ width: 30, height: 30 });
  expect(fitInside({ width: 10000, height: 1 }, { width: 100, height: 100 })).toEqual({ width: 100, height: 1 });
});

test('shrinkTo never enlarges', () => {
  expect(shrinkTo({ width: 4000, height: 3000 }, 640)).toEqual({ width: 640, height: 480 });
  expect(shrinkTo({ width: 40, height: 30 }, 640)).toEqual({ width: 40, height: 30 });
});

test('scaleArea and contains', () => {
  const area = scaleArea({ x: 10, y: 20, width: 30, height: 40 }, { width: 100, height: 100 }, { width: 50, height: 200 });
  expect(area).toEqual({ x: 5, y: 40, width: 15, height: 80 });
  expect(contains(area, 20, 120)).toBe(true);
  expect(contains(area, 20.5, 120)).toBe(false);
});
