// Pictures per second of each library as bars, a panel for each network. The picture needs no script, no font and no style sheet of others.

const width = 760;
const labelWidth = 200;
const valueWidth = 90;
const titleHeight = 34;
const barHeight = 14;
const rowGap = 10;
const panelGap = 18;
const colors = { ours: ['#0b6e4f', '#5fb49c'], limit: ['#6b7280', '#b6bcc6'], other: ['#3f5f8a', '#93abcb'] };

const escapeText = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const text = (x, y, content, more = '') => `<text x="${x}" y="${y}" ${more}>${escapeText(content)}</text>`;

const kindOf = ({ ours, limit }) => (ours ? 'ours' : limit ? 'limit' : 'other');

const rate = ({ least }) => 1000 / least;

/** Results of one library, a bar for each number of threads; those that only vary another are not shown. */
function rowsOf({ results }) {
  const shown = results.filter(({ variant, skipped }) => !variant && !skipped);
  const ids = [...new Set(shown.map(({ id }) => id))];
  return ids.map((id) => shown.filter((result) => result.id === id));
}

function row(bars, top, scale) {
  const kind = kindOf(bars[0]);
  const height = bars.length * barHeight;
  const label = text(
    labelWidth - 10,
    top + height / 2 + 4,
    bars[0].label,
    `text-anchor="end"${kind === 'ours' ? ' font-weight="bold"' : ''}`,
  );
  const parts = bars.map((bar, index) => {
    const y = top + index * barHeight;
    const length = Math.max(1, rate(bar) * scale);
    const color = colors[kind][index % 2];
    const value = `${Math.round(rate(bar))} (${bar.least.toFixed(1)} ms)`;
    return [
      `<rect x="${labelWidth}" y="${y}" width="${length.toFixed(1)}" height="${barHeight - 2}" fill="${color}"/>`,
      text(labelWidth + length + 5, y + barHeight - 4, value, 'font-size="10" fill="#4b5563"'),
    ].join('');
  });
  return { svg: [label, ...parts].join('\n'), height: height + rowGap };
}

function panel(network, top) {
  const rows = rowsOf(network);
  const fastest = Math.max(...rows.flat().map(rate));
  const scale = (width - labelWidth - valueWidth) / fastest;
  const parts = [text(10, top + 18, network.title, 'font-weight="bold"')];
  let y = top + titleHeight;
  for (const bars of rows) {
    const { svg, height } = row(bars, y, scale);
    parts.push(svg);
    y += height;
  }
  return { svg: parts.join('\n'), bottom: y + panelGap };
}

/** @returns {string} an SVG file of the networks' results */
export function chart(networks) {
  const threads = [...new Set(networks.flatMap(({ results }) => results.map((result) => result.threads)))];
  const legend = `Pictures per second, by the least time; bars from above: ${threads.join(' and ')} thread${threads.at(-1) === 1 ? '' : 's'}`;
  const parts = [text(10, 24, legend, 'font-size="14"')];
  let y = 40;
  for (const network of networks) {
    const { svg, bottom } = panel(network, y);
    parts.push(svg);
    y = bottom;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img" font-family="sans-serif" font-size="12" fill="#111827">`,
    `<title>${escapeText(legend)}</title>`,
    `<rect width="${width}" height="${y}" fill="#ffffff"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}
