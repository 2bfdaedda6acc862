/** Graphemes kept of a text. */
const maxGraphemes = 40;
/** UTF-16 code units looked at of a text. */
const maxTextLength = 1000;

let segmenter: Intl.Segmenter | undefined;

/** What people take for the characters of a text. */
export function graphemesOf(text: string): string[] {
  segmenter ??= new Intl.Segmenter(); // here: it takes 10 ms to make
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** One line of text without control characters, lone surrogates and marks that change its direction; long ones get an ellipsis. */
export function cleanText(text: string): string {
  const line = text
    .slice(0, maxTextLength)
    .normalize('NFC')
    .replaceAll(/[\p{Cc}\p{Cs}\s\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .trim();
  const graphemes = graphemesOf(line);
  return graphemes.length > maxGraphemes ? shorten(graphemes, maxGraphemes - 1) : line;
}

/** The first `kept` graphemes and an ellipsis. */
export function shorten(graphemes: readonly string[], kept: number): string {
  return `${graphemes.slice(0, kept).join('').trimEnd()}…`;
}
