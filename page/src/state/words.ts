import type { ShownResult } from './shown-result';

/** A share as '96.1 %'. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** Bytes as people read them: '850 kB', '12.4 MB'. */
export function bytes(count: number): string {
  if (count < 1e6) {
    return `${Math.max(1, Math.round(count / 1e3))} kB`;
  }
  return count < 1e9 ? `${(count / 1e6).toFixed(1)} MB` : `${(count / 1e9).toFixed(2)} GB`;
}

/** Milliseconds as '0.42 ms', '13.1 ms', '1.24 s'. */
export function duration(milliseconds: number): string {
  if (milliseconds >= 1000) {
    return `${(milliseconds / 1000).toFixed(2)} s`;
  }
  return `${milliseconds.toFixed(milliseconds < 1 ? 2 : 1)} ms`;
}

/** '1 photo', '4 photos'. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

const namesAtMost = 5;

/** What a picture holds, in one line: 'cup 96 %, dining table 82 %'. */
export function summary(result: ShownResult, atMost = namesAtMost): string {
  const names = namesIn(result);
  if (names.length === 0) {
    return result.task === 'detect' ? 'nothing found' : 'nothing above the threshold';
  }
  const more = names.length - atMost;
  return `${names.slice(0, atMost).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function namesIn(result: ShownResult): string[] {
  const named = ({ label, score }: { label: string; score: number }) => `${label} ${Math.round(score * 100)} %`;
  if (result.task === 'classify') {
    return result.categories.map(named);
  }
  if (result.task === 'detect') {
    return result.detections.map(named);
  }
  const whole = result.runs.width * result.runs.height;
  return result.legend.map(({ label, pixels }) => named({ label, score: pixels / whole }));
}

const endings = { classify: 'classes', detect: 'detections', segment: 'segmentation' } as const;

/** Name of a file to save, after the photo's: 'coffee-detections.png'. */
export function savedName(photo: string, task: keyof typeof endings, extension: string): string {
  const stem = photo.replace(/\.[^.]*$/, '') || 'photo';
  return `${stem}-${endings[task]}.${extension}`;
}
