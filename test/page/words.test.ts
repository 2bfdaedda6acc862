import { RateMeter } from '../../page/src/state/rate-meter';
import type { ShownResult } from '../../page/src/state/shown-result';
import { bytes, count, duration, percent, savedName, summary } from '../../page/src/state/words';

test('figures as people read them', () => {
  expect([percent(0.9612), percent(1), percent(0)]).toEqual(['96.1 %', '100.0 %', '0.0 %']);
  expect([bytes(10), bytes(850_200), bytes(12_400_000), bytes(2 ** 31)]).toEqual(['1 kB', '850 kB', '12.4 MB', '2.15 GB']);
  expect([duration(0.416), duration(13.08), duration(1240)]).toEqual(['0.42 ms', '13.1 ms', '1.24 s']);
  expect([count(1, 'photo'), count(0, 'photo')]).toEqual(['1 photo', '0 photos']);
});

test('names of saved files', () => {
  expect(savedName('coffee.png', 'detect', 'png')).toBe('coffee-detections.png');
  expect(savedName('a.b.jpeg', 'segment', 'json')).toBe('a.b-segmentation.json');
  expect(savedName('.png', 'classify', 'json')).toBe('photo-classes.json');
});

test('summaries name what is there, and how much more', () => {
  const detections = ['cup', 'spoon', 'table'].map((label, index) => ({
    index,
    label,
    score: 0.9 - index / 10,
    box: { x: 0, y: 0, width: 1, height: 1 },
  }));
  const result = { task: 'detect', detections } as unknown as ShownResult;
  expect(summary(result)).toBe('cup 90 %, spoon 80 %, table 70 %');
  expect(summary(result, 2)).toBe('cup 90 %, spoon 80 % and 1 more');
  expect(summary({ ...result, detections: [] } as ShownResult)).toBe('nothing found');
});

test('RateMeter tells how often something happened lately', () => {
  const meter = new RateMeter(1000);
  expect(meter.perSecond(0)).toBe(0);
  for (let time = 0; time <= 2000; time += 50) {
    meter.add(time);
  }
  expect(meter.perSecond(2000)).toBeCloseTo(20);
  expect(meter.perSecond(4000)).toBe(0);
});
