import { classAt, rowsOf, sampleRuns, toRuns } from '../../page/src/drawing/class-runs';

/** A map of some classes in patches, the same for the same seed. */
function patches(width: number, height: number, seed: number): Uint8Array {
  let state = seed;
  const next = () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return state / 2 ** 31;
  };
  const map = new Uint8Array(width * height);
  for (let patch = 0; patch < 12; patch++) {
    const left = Math.floor(next() * width);
    const top = Math.floor(next() * height);
    const right = left + Math.floor(next() * (width - left)) + 1;
    const bottom = top + Math.floor(next() * (height - top)) + 1;
    const index = Math.floor(next() * 256);
    for (let y = top; y < Math.min(bottom, height); y++) {
      map.fill(index, y * width + left, y * width + Math.min(right, width));
    }
  }
  return map;
}

describe('class maps as runs', () => {
  test.each([
    [1, 1],
    [7, 5],
    [64, 48],
    [451, 300],
  ])('of %i x %i give back the map', (width, height) => {
    const map = patches(width, height, width + height);
    const runs = toRuns(map, width, { width, height });
    expect(rowsOf(runs, 0, height)).toEqual(map);
    expect(sampleRuns(runs, { width, height })).toEqual(map);
    const middle = Math.floor(height / 2);
    expect(rowsOf(runs, middle, height)).toEqual(map.subarray(middle * width));
    for (let i = 0; i < map.length; i += 7) {
      expect(classAt(runs, i % width, Math.floor(i / width))).toBe(map[i]);
    }
  });

  test('keep the content of a padded map only', () => {
    const map = Uint8Array.from([1, 2, 255, 3, 3, 255, 255, 255, 255]);
    const runs = toRuns(map, 3, { width: 2, height: 2 });
    expect(rowsOf(runs, 0, 2)).toEqual(Uint8Array.from([1, 2, 3, 3]));
    expect(runs.classes).toHaveLength(3);
  });

  test('do not take more room than there are changes, and grow where there are many', () => {
    const width = 3000;
    const map = Uint8Array.from({ length: width * 2 }, (_, i) => i % 3);
    const runs = toRuns(map, width, { width, height: 2 });
    expect(runs.ends).toHaveLength(width * 2);
    expect(rowsOf(runs, 0, 2)).toEqual(map);
    expect(toRuns(new Uint8Array(6000), width, { width, height: 2 }).ends).toEqual(Uint32Array.from([6000]));
  });

  test('are sampled at the middles of pixels', () => {
    const runs = toRuns(Uint8Array.from([1, 1, 1, 2]), 4, { width: 4, height: 1 });
    expect(sampleRuns(runs, { width: 2, height: 1 })).toEqual(Uint8Array.from([1, 2]));
    expect(sampleRuns(runs, { width: 8, height: 2 })).toEqual(Uint8Array.from([1, 1, 1, 1, 1, 1, 2, 2, 1, 1, 1, 1, 1, 1, 2, 2]));
  });
});
