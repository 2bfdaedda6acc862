const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A horizontal bar of `fraction` (0 to 1) of `width` characters, to an eighth of a character. */
export function bar(fraction: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * width * 8);
  return ('█'.repeat(filled >> 3) + eighths[filled % 8]).padEnd(width);
}

/** ` 62.1 %`, always 7 characters for 0 to 1. */
export function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(1).padStart(5)} %`;
}

/** `3.9 ms`, `1.2 s` */
export function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds.toFixed(1)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** `980 bytes`, `1.9 MB`: decimal units, as file managers show them. */
export function fileSize(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** `4.2 M`, `569 M` */
export function millions(count: number): string {
  const value = count / 1e6;
  return `${value >= 100 ? value.toFixed(0) : value.toFixed(1)} M`;
}

/** `4,222,057` */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** Rows as aligned columns; the columns named in `right` are aligned to the right. */
export function columns(rows: string[][], right: number[] = []): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (right.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** Text in lines of at most `width` characters, broken between words and indented from the second on; a longer word has a line of its own. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = `  ${word}`;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** Narrower than this, wrapped values are harder to read than lines the terminal breaks. */
const NARROWEST = 24;

/**
 * Names and values under one another, the values aligned.
 *
 * @param width of the terminal: longer values go on below themselves. Default: lines are as long as they are
 */
export function properties(pairs: [name: string, value: string][], width = Number.POSITIVE_INFINITY): string[] {
  const room = width - Math.max(...pairs.map(([name]) => name.length)) - 2;
  const rows = pairs.flatMap(([name, value]) => {
    const lines = room < NARROWEST ? [value] : wrap(value, room);
    return lines.map((line, index) => [index === 0 ? name : '', line]);
  });
  return columns(rows);
}
