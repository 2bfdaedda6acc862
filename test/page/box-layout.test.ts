import { boxAt, type DetectedBox, layOutBoxes, styleForSaving, styleForScreen } from '../../page/src/drawing/box-layout';

const picture = { width: 600, height: 400 };
const canvas = { width: 300, height: 200 };
const style = { lineWidth: 2, outlineWidth: 1, fontSize: 10 };
const measure = (text: string) => text.length * 6;

const found = (
  index: number,
  label: string,
  score: number,
  x: number,
  y: number,
  width: number,
  height: number,
): DetectedBox => ({
  index,
  label,
  score,
  box: { x, y, width, height },
});

const cup = found(47, 'cup', 0.961, 174, 22, 238, 228);
const table = found(67, 'dining table', 0.824, 2, 3, 597, 393);

describe('layOutBoxes', () => {
  test("scales boxes to the canvas and draws the best last, in its class's colour", () => {
    const placed = layOutBoxes([cup, table], picture, canvas, style, measure);
    expect(placed.map(({ position, box }) => ({ position, box }))).toEqual([
      { position: 1, box: { left: 1, top: 2, right: 300, bottom: 198 } },
      { position: 0, box: { left: 87, top: 11, right: 206, bottom: 125 } },
    ]);
    expect(placed.map(({ label }) => label?.text)).toEqual(['dining table 82%', 'cup 96%']);
    expect(placed[0]?.color).not.toEqual(placed[1]?.color);
  });

  test('keeps labels inside the canvas and apart from one another', () => {
    const crowd = Array.from({ length: 12 }, (_, i) => found(i + 1, 'person', 0.9 - i / 50, 250 + i * 8, (i % 3) * 60, 330, 200));
    const plates = layOutBoxes(crowd, picture, canvas, style, measure).flatMap(({ label }) => label?.plate ?? []);
    expect(plates.length).toBeGreaterThan(6);
    for (const [i, a] of plates.entries()) {
      expect(a.left >= 0 && a.top >= 0 && a.right <= canvas.width && a.bottom <= canvas.height).toBe(true);
      for (const b of plates.slice(i + 1)) {
        expect(a.left >= b.right || b.left >= a.right || a.top >= b.bottom || b.top >= a.bottom).toBe(true);
      }
    }
  });

  test('shortens labels that are wider than the canvas', () => {
    const [placed] = layOutBoxes([found(1, 'x'.repeat(200), 0.5, 0, 0, 600, 400)], picture, canvas, style, measure);
    expect(placed?.label?.text).toMatch(/^x+…$/);
    expect((placed?.label?.plate.right ?? 0) - (placed?.label?.plate.left ?? 0)).toBeLessThanOrEqual(canvas.width);
  });

  test('dims all but the highlighted one, which comes last', () => {
    const placed = layOutBoxes([cup, table], picture, canvas, style, measure, 1);
    expect(placed.map(({ position, dimmed }) => [position, dimmed])).toEqual([
      [0, true],
      [1, false],
    ]);
  });

  test('dims nothing for a position that is not there', () => {
    expect(layOutBoxes([cup], picture, canvas, style, measure, 1)[0]?.dimmed).toBe(false);
  });

  test('leaves out boxes outside the picture, and labels without a measure', () => {
    const placed = layOutBoxes([cup, found(1, 'person', 0.9, 700, 0, 10, 10)], picture, canvas, style);
    expect(placed).toHaveLength(1);
    expect(placed[0]?.label).toBeUndefined();
  });
});

test('boxAt finds the smallest box at a point', () => {
  expect(boxAt([cup, table], 200, 100)).toBe(0);
  expect(boxAt([cup, table], 20, 390)).toBe(1);
  expect(boxAt([cup], 20, 390)).toBeUndefined();
});

test('styles grow with what they are for', () => {
  expect(styleForSaving(picture)).toEqual({ lineWidth: 3, outlineWidth: 1, fontSize: 14 });
  expect(styleForSaving({ width: 6000, height: 4000 }).fontSize).toBe(144);
  expect(styleForScreen({ width: 200, height: 120 }, 1)).toEqual({ lineWidth: 2, outlineWidth: 1, fontSize: 12 });
  expect(styleForScreen({ width: 400, height: 240 }, 2)).toEqual({ lineWidth: 4, outlineWidth: 1, fontSize: 24 });
});
