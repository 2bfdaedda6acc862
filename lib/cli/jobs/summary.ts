import type { JobProgress } from '../../jobs/job-progress';
import { duration, grouped } from '../format';
import { perSecond, span } from './progress-line';

const counted = (count: number) => (count === 1 ? '1 image' : `${grouped(count)} images`);

/** `3 failed (2 ERR_IMAGE_DECODE, 1 ERR_IMAGE_NOT_FOUND)` */
function failures({ failed, failures }: JobProgress): string {
  const codes = Object.entries(failures)
    .sort(([, a], [, b]) => b - a)
    .map(([code, count]) => `${grouped(count)} ${code}`);
  return `${grouped(failed)} failed (${codes.join(', ')})`;
}

/** What a person reads when a job has ended, done or not. */
export function summaryLines(progress: JobProgress, cpuMilliseconds: number): string[] {
  const { rows, resumed, failed, seconds, rate, stages } = progress;
  const done = [`${counted(rows - failed)} done`];
  if (failed > 0) {
    done.push(failures(progress));
  }
  const made = rows - resumed;
  if (resumed > 0) {
    done.push(`${grouped(resumed)} of them in earlier runs`);
  }
  const lines = [`${done.join(', ')}; ${counted(made)} in ${span(seconds)}${made > 0 ? `, ${perSecond(rate)}` : ''}`];
  if (made > 0) {
    const times = Object.entries(stages)
      // How long pictures stood in line says only how many are taken at a time.
      .filter(([stage, milliseconds]) => stage !== 'wait' && milliseconds > 0)
      .map(([stage, milliseconds]) => `${stage} ${duration(milliseconds / made)}`);
    lines.push(`each on average: ${times.join(', ')}; ${duration(cpuMilliseconds / made)} of processor time`);
  }
  return lines;
}
