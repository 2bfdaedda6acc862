// Puts a run's figures and chart into docs/.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { chart } from './chart.mjs';
import { root } from './library.mjs';
import { report } from './report.mjs';

const page = path.join(root, 'docs', 'performance.md');
const picture = path.join('pictures', 'performance.svg');
const begin = '<!-- figures: written by bench/performance.mjs --write -->';
const end = '<!-- end of the figures -->';

const newPage = `# Performance

[bench/README.md](../bench/README.md) says how these figures are measured and how to measure them on another machine.

${begin}
${end}
`;

/** Writes docs/performance.md between two marks, so that what people wrote around the figures stays, and the chart beside it. */
export function publish(run) {
  const text = existsSync(page) ? readFileSync(page, 'utf8') : newPage;
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) {
    throw new Error(`${path.relative(root, page)} lacks the marks between which figures are written: ${begin} and ${end}`);
  }
  const image =
    run.networks?.length > 0 ? `![Pictures per second of each library](${picture.replaceAll(path.sep, '/')})\n\n` : '';
  writeFileSync(page, `${before}${begin}\n\n${image}${report(run)}\n${end}${after}`);
  if (image) {
    mkdirSync(path.join(root, 'docs', 'pictures'), { recursive: true });
    writeFileSync(path.join(root, 'docs', picture), chart(run.networks));
  }
  return path.relative(root, page);
}
