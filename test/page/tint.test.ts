import { type Tint, tintRows, tintsOf } from '../../page/src/drawing/tint';

const tints = new Map<number, Tint>([
  [1, { color: [255, 0, 0], opacity: 0.5, edgeOpacity: 1 }],
  [2, { color: [0, 0, 64], opacity: 0.25, edgeOpacity: 0.2 }],
]);

/** A square of class 1 with a border of nothing, 5 x 5. */
const square = Uint8Array.from([0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0]);

const pixel = (layer: Uint8ClampedArray, i: number) => Array.from(layer.subarray(i * 4, i * 4 + 4));

describe('tintRows', () => {
  test('fills regions, lines their edges, and leaves the rest transparent', () => {
    const layer = tintRows({ map: square, width: 5, height: 5 }, tints, 1);
    expect(pixel(layer, 12)).toEqual([255, 0, 0, 128]);
    // 60 % of the way to black, which contrasts more with red.
    expect(pixel(layer, 6)).toEqual([102, 0, 0, 255]);
    expect(pixel(layer, 0)).toEqual([0, 0, 0, 0]);
  });

  test('gives the same rows in parts, with the rows around them at hand', () => {
    const whole = tintRows({ map: square, width: 5, height: 5 }, tints, 1);
    const part = tintRows({ map: square.subarray(5, 20), width: 5, height: 3 }, tints, 1, 1, 2);
    expect(part).toEqual(whole.slice(2 * 20, 3 * 20));
  });

  test("takes the picture's edges for no edges of regions", () => {
    const layer = tintRows({ map: new Uint8Array(9).fill(2), width: 3, height: 3 }, tints, 1);
    for (let i = 0; i < 9; i++) {
      expect(pixel(layer, i)).toEqual([0, 0, 64, 64]);
    }
  });
});

describe('tintsOf', () => {
  const legend = [
    { index: 0, label: 'background', color: [0, 0, 0] as const },
    { index: 8, label: 'cat', color: [64, 0, 0] as const },
    { index: 15, label: 'person', color: [192, 128, 128] as const },
  ];

  test('shows all classes but the background', () => {
    expect([...tintsOf(legend, 0.6)]).toEqual([
      [8, { color: [64, 0, 0], opacity: 0.6, edgeOpacity: 1 }],
      [15, { color: [192, 128, 128], opacity: 0.6, edgeOpacity: 1 }],
    ]);
  });

  test('lets one class stand out, the background too', () => {
    expect(tintsOf(legend, 0.5, 8).get(8)?.opacity).toBe(0.7);
    expect(tintsOf(legend, 0.5, 8).get(15)?.opacity).toBeCloseTo(0.1);
    expect(tintsOf(legend, 0.9, 0).get(0)?.opacity).toBe(0.9);
  });

  test('shows all as usual where the highlighted class is not there', () => {
    expect(tintsOf(legend, 0.6, 3)).toEqual(tintsOf(legend, 0.6));
  });
});
