// Whether what is printed is what a page shows: words and marks must be equal, numbers nearly, times not at all; white space does not count, and
// `…` stands for anything.

type Token = { kind: 'word' | 'anything'; text: string } | { kind: 'number'; text: string; value: number; tolerance: number };

const token = /…|\d+(?:\.\d+)?|[█▏▎▍▌▋▊▉]+|[A-Za-z_$][\w$]*|\S/gu;

/** What follows a number that is another one in every run: times, rates and memory. */
const varies = /^\s*(ms|s|seconds?|milliseconds?|minutes?|MiB|MB|GB|(\w+ )?(per|a) second|\w+\/s)(?![\w])/;

/** A few units of the last digit shown, or one part in a hundred: what other instruction sets and other machines' decoders may change. */
function toleranceOf(text: string): number {
  const value = Number(text);
  const decimals = text.split('.')[1]?.length ?? 0;
  if (decimals === 0) {
    return value < 10 ? 0 : Math.max(1, value / 100);
  }
  return Math.max(2 * 10 ** -decimals, value / 100);
}

function tokensOf(text: string): Token[] {
  const allVary = text.includes('(milliseconds)');
  const plain = text.replaceAll('(milliseconds)', '');
  return Array.from(plain.matchAll(token), ({ 0: found, index }) => {
    if (found === '…') {
      return { kind: 'anything', text: found };
    }
    if (/^\d/.test(found)) {
      const any = allVary || varies.test(plain.slice(index + found.length));
      return {
        kind: 'number',
        text: found,
        value: Number(found),
        tolerance: any ? Number.POSITIVE_INFINITY : toleranceOf(found),
      };
    }
    return { kind: 'word', text: /^[█▏▎▍▌▋▊▉]/.test(found) ? '█' : found };
  });
}

function agree(shown: Token, printed: Token): boolean {
  if (shown.kind === 'number') {
    return printed.kind === 'number' && Math.abs(printed.value - shown.value) <= shown.tolerance;
  }
  return shown.kind === printed.kind && shown.text === printed.text;
}

/** How far `shown` agrees with `printed`, in tokens; all of both where it does. */
function match(shown: Token[], printed: Token[]): { whole: boolean; furthest: number } {
  let furthest = 0;
  const failed = new Set<number>();
  const from = (i: number, j: number): boolean => {
    furthest = Math.max(furthest, i);
    const key = i * (printed.length + 1) + j;
    if (failed.has(key)) {
      return false;
    }
    const expected = shown[i];
    const found = printed[j];
    const good =
      expected === undefined
        ? found === undefined
        : expected.kind === 'anything'
          ? from(i + 1, j) || (found !== undefined && from(i, j + 1))
          : found !== undefined && agree(expected, found) && from(i + 1, j + 1);
    if (!good) {
      failed.add(key);
    }
    return good;
  };
  return { whole: from(0, 0), furthest };
}

/** Undefined where `printed` is what a page shows; else where they part, in words. */
export function difference(shown: string, printed: string): string | undefined {
  const expected = tokensOf(shown);
  const { whole, furthest } = match(expected, tokensOf(printed));
  if (whole) {
    return undefined;
  }
  const place = expected
    .slice(Math.max(0, furthest - 6), furthest + 1)
    .map(({ text }) => text)
    .join(' ');
  return `shown (they part at '${place}'):\n${shown.trimEnd()}\nprinted:\n${printed.trimEnd()}`;
}
