import { JobProgressLine, perSecond, progressText, span } from '../../../lib/cli/jobs/progress-line';
import { summaryLines } from '../../../lib/cli/jobs/summary';
import type { JobProgress } from '../../../lib/jobs/job-progress';
import { noTimes } from '../../../lib/jobs/pictures/stage-times';

const progress = (fields: Partial<JobProgress> = {}): JobProgress => ({
  ...{ total: 10_000, rows: 1234, resumed: 0, failed: 3, failures: { ERR_IMAGE_DECODE: 2, ERR_DOWNLOAD: 1 } },
  ...{ complete: false, seconds: 7.8, rate: 158.2, stages: { ...noTimes(), decode: 12_340, network: 1234 } },
  ...fields,
});

test('times and rates', () => {
  const seconds = [0.04, 9.94, 35.4, 99.4, 150, 5999, 7300];
  expect(seconds.map(span)).toEqual(['0.0 s', '9.9 s', '35 s', '99 s', '3 min', '1 h 40 min', '2 h 2 min']);
  const rates = ['0.4', '9.9', '10', '1,235'].map((rate) => `${rate} per second`);
  expect([0.44, 9.94, 10.4, 1234.5].map(perSecond)).toEqual(rates);
});

test('what is known of a job is told, and no more', () => {
  expect(progressText(progress())).toBe('1,234 of 10,000 images, 3 failed, 158 per second, 55 s left');
  expect(progressText(progress({ total: undefined, failed: 0 }))).toBe('1,234 images, 158 per second');
  expect(progressText(progress({ rows: 0, failed: 0, rate: 0 }))).toBe('0 of 10,000 images');
});

function fakeStream(isTTY: boolean) {
  const written: string[] = [];
  const stream = {
    ...{ isTTY, columns: 100, written },
    write: (text: string) => written.push(text) > 0,
    on: () => stream,
    off: () => stream,
    once: () => stream,
  };
  return stream;
}

test('where stderr is no terminal a line comes every few seconds', () => {
  const stream = fakeStream(false);
  const clock = jest.spyOn(performance, 'now').mockReturnValue(1000);
  const line = new JobProgressLine(stream as unknown as NodeJS.WriteStream);
  for (let now = 1000; now <= 11_500; now += 500) {
    clock.mockReturnValue(now);
    line.show(progress({ rows: now / 2 }));
  }
  line.stop();
  clock.mockRestore();
  expect(stream.written).toEqual([
    'mobilenet: 3,000 of 10,000 images, 3 failed, 158 per second, 44 s left\n',
    'mobilenet: 5,500 of 10,000 images, 3 failed, 158 per second, 28 s left\n',
  ]);
});

test('on a terminal a bar grows, and is gone in the end', () => {
  const stream = fakeStream(true);
  const line = new JobProgressLine(stream as unknown as NodeJS.WriteStream);
  line.show(progress());
  line.stop();
  expect(stream.written.join('')).toMatch(/█+░+ 1,234 of 10,000 images, 3 failed, 158 per second, 55 s left/);
});

test('the summary says what was done, what failed and where the time went', () => {
  expect(summaryLines(progress(), 9872)).toEqual([
    '1,231 images done, 3 failed (2 ERR_IMAGE_DECODE, 1 ERR_DOWNLOAD); 1,234 images in 7.8 s, 158 per second',
    'each on average: decode 10.0 ms, network 1.0 ms; 8.0 ms of processor time',
  ]);
  expect(summaryLines(progress({ resumed: 1234, failed: 0, seconds: 0, rate: 0 }), 0)).toEqual([
    '1,234 images done, 1,234 of them in earlier runs; 0 images in 0.0 s',
  ]);
});
