import type { Preprocessing } from '../../lib/models/description';
import { checkRegion, checkRotation, fastShrink, toFramedPicture } from '../../lib/tasks/geometry';
import { errorOf, matching } from '../error-of';

const image = (width: number, height: number, sourceWidth = width, sourceHeight = height) => ({
  pixels: new Uint8Array(width * height * 3),
  ...{ width, height, sourceWidth, sourceHeight },
});

test('regions are rounded outwards to whole pixels', () => {
  const region = { x: 1.5, y: 2, width: 3, height: 0.25 };
  expect(toFramedPicture(image(10, 10), region, 0).frame.region).toEqual({ x: 1, y: 2, width: 4, height: 1 });
  expect(toFramedPicture(image(10, 6), undefined, 90).frame).toMatchObject({
    region: { x: 0, y: 0, width: 10, height: 6 },
    rotation: 90,
  });
});

test('the smallest region is a pixel', () => {
  const of = (x: number, width: number, decoded = 451) =>
    toFramedPicture(image(decoded, 300, 451, 300), { x, y: 0, width, height: 300 }, 0).frame.region;
  expect(of(10, 1e-300)).toMatchObject({ x: 10, width: 1 });
  expect(of(450 + 63 / 64, 1e-300)).toMatchObject({ x: 450, width: 1 });
  // What is just inside the right edge must not be rounded on to it.
  expect(of(451 - 2 ** -44, 2 ** -44)).toMatchObject({ x: 450, width: 1 });
  expect(of(451 - 2 ** -44, 2 ** -44, 57)).toMatchObject({ x: 56, width: 1 });
});

test('regions follow the picture when it was decoded smaller', () => {
  const region = { x: 100, y: 200, width: 301, height: 100 };
  expect(toFramedPicture(image(100, 80, 1000, 800), region, 0).frame.region).toEqual({ x: 10, y: 20, width: 31, height: 10 });
  expect(toFramedPicture(image(333, 333, 1000, 1000), { x: 0, y: 0, width: 1000, height: 1000 }, 0).frame.region).toMatchObject({
    width: 333,
  });
  expect(toFramedPicture(image(1, 1, 1000, 1000), { x: 999, y: 999, width: 1, height: 1 }, 0).frame.region).toEqual({
    x: 0,
    y: 0,
    width: 1,
    height: 1,
  });
});

test('regions that leave the picture are refused with both sizes', () => {
  const region = { x: 600, y: 0, width: 100, height: 100 };
  expect(errorOf(() => toFramedPicture(image(640, 480), region, 0))).toMatch(
    matching('ERR_INVALID_OPTION', 'inside the picture of 640 x 480 pixels', 'x 600, y 0, width 100, height 100'),
  );
  const beside = { x: 640, y: 0, width: 1e-300, height: 100 };
  expect(errorOf(() => toFramedPicture(image(640, 480), beside, 0))).toMatch(
    matching('ERR_INVALID_OPTION', 'inside the picture of 640 x 480 pixels', 'x 640'),
  );
});

test.each<[unknown, string]>([
  [[1, 2, 3, 4], 'region'],
  [{ x: 0, y: 0, width: 1 }, 'a number above 0 for region.height but received undefined'],
  [{ x: -1, y: 0, width: 1, height: 1 }, 'a number from 0 for region.x but received -1'],
  [{ x: 0, y: 0, width: 0, height: 1 }, 'region.width but received 0'],
  [{ x: 0, y: Number.NaN, width: 1, height: 1 }, 'region.y but received NaN'],
  [{ x: 0, y: 0, width: 1, heigth: 1 }, "did you mean 'height'"],
])('refuses the region %j', (region, message) => {
  expect(errorOf(() => checkRegion(region))).toMatch(matching('ERR_INVALID_OPTION', message));
});

test('rotations are multiples of 90, either way round', () => {
  expect([0, 90, 180, 270, 360, 450, -90, -180, -360, -0].map(checkRotation)).toEqual([0, 90, 180, 270, 0, 90, 270, 180, 0, 0]);
  for (const rotation of [45, 90.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60, '90', null]) {
    expect(errorOf(() => checkRotation(rotation))).toMatch(
      matching('ERR_INVALID_OPTION', 'a multiple of 90 degrees for rotation'),
    );
  }
});

test('fast mode leaves what the network takes in', () => {
  const preprocessing = (changes: Partial<Preprocessing>): Preprocessing => ({
    ...{ width: 224, height: 224, resize: 'stretch', alignCorners: false, halfPixelCenters: false },
    scale: [1, 1, 1],
    offset: [0, 0, 0],
    ...changes,
  });
  const picture = { width: 4480, height: 2240 };
  expect(fastShrink(picture, undefined, 0, preprocessing({}))).toEqual({ across: 20, down: 10 });
  const crop = preprocessing({ resize: 'central-crop', centralFraction: 0.5 });
  expect(fastShrink(picture, undefined, 0, crop)).toEqual({ across: 10, down: 5 });
  expect(fastShrink(picture, undefined, 0, preprocessing({ resize: 'pad' }))).toEqual({ across: 20, down: 20 });
  const region = { x: 9, y: 9, width: 448, height: 896 };
  expect(fastShrink(picture, region, 0, preprocessing({}))).toEqual({ across: 2, down: 4 });
  expect(fastShrink(picture, undefined, 90, preprocessing({ height: 448 }))).toEqual({ across: 10, down: 10 });
  expect(fastShrink(picture, undefined, 0, preprocessing({ height: 448 }))).toEqual({ across: 20, down: 5 });
});
