import { readFile } from 'node:fs/promises';
import { MobileNetError } from '../../errors';
import { loadSharp } from '../load-sharp';
import type { Coverage } from './canvas';
import { graphemesOf, shorten } from './clean-text';
import { Font } from './font';

/** Pixels; smaller text is not legible. */
export const leastFontSize = 8;
/** Pixels; keeps the longest text a matter of milliseconds. */
export const largestFontSize = 500;

/** Between the parts of a text, in ems. */
const gapEms = 0.35;
/** Texts in system fonts that are kept, for the next of the same class. */
const maxKept = 256;

/** The scripts that Font can set: character by character. */
const plainScript = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Common}]$/u;

/** Texts in one line that fit where they are wanted, with the font size that makes them. */
export interface FittedText {
  parts: string[];
  /** Pixels. */
  size: number;
  /** Pixels. */
  width: number;
  /** Pixels. */
  height: number;
}

let fontOfLabels: Promise<Font> | undefined;

/** The bold DejaVu Sans of @fontsource/dejavu-sans, read once. */
function loadFont(): Promise<Font> {
  fontOfLabels ??= readFile(require.resolve('@fontsource/dejavu-sans/files/dejavu-sans-latin-700-normal.woff'))
    .then((bytes) => Font.read(bytes))
    .catch((error) => {
      fontOfLabels = undefined;
      throw new MobileNetError('ERR_INTERNAL', `cannot read the font of the labels: ${(error as Error).message}`, {
        cause: error,
      });
    });
  return fontOfLabels;
}

/**
 * Sets lines of text for one picture. Latin, Greek and Cyrillic are drawn with a font that comes with the package, the same on every
 * machine whatever its fonts and their configuration (sharp's text ignores font files on macOS, and cannot use WOFF anywhere). Other
 * scripts are left to sharp's text and the machine's fonts.
 */
export class TextSetter {
  readonly #font: Font;
  readonly #kept = new Map<string, Promise<Coverage>>();

  private constructor(font: Font) {
    this.#font = font;
  }

  /** Rejects with ERR_INTERNAL when the font is missing or damaged. */
  static async load(): Promise<TextSetter> {
    return new TextSetter(await loadFont());
  }

  /**
   * Makes `name` and `figure`, side by side, fit into a room of so many pixels: by a smaller font down to {@link leastFontSize}, then by
   * cutting the name short, then by leaving it out. Undefined when even the figure does not fit. Both must be clean.
   */
  async fit(
    name: string,
    figure: string,
    fontSize: number,
    room: { width: number; height: number },
  ): Promise<FittedText | undefined> {
    const size = Math.min(fontSize, Math.floor(room.height / (this.#font.ascent + this.#font.descent)));
    if (size < leastFontSize) {
      return undefined;
    }
    return (await this.#shrink([name, figure], size, room.width)) ?? (await this.#cutShort(name, figure, room.width));
  }

  /** In the largest font that fits the width. */
  async #shrink(texts: readonly string[], fontSize: number, maxWidth: number): Promise<FittedText | undefined> {
    const whole = await this.#measure(texts, fontSize);
    let fitted = whole;
    // Widths are nearly, but not quite, proportional to the size.
    let size = Math.floor((fontSize * maxWidth) / whole.width);
    while (fitted.width > maxWidth && size >= leastFontSize) {
      fitted = await this.#measure(texts, size);
      size--;
    }
    return fitted.width <= maxWidth ? fitted : undefined;
  }

  /** In the least font, with as much of the name as fits the width. */
  async #cutShort(name: string, figure: string, maxWidth: number): Promise<FittedText | undefined> {
    const graphemes = graphemesOf(name);
    const { width } = await this.#measure([name, figure], leastFontSize);
    const most = Math.min(graphemes.length - 1, Math.ceil((graphemes.length * maxWidth) / width));
    for (let kept = most; kept > 0; kept--) {
      const short = await this.#measure([shorten(graphemes, kept), figure], leastFontSize);
      if (short.width <= maxWidth) {
        return short;
      }
    }
    const bare = await this.#measure([figure], leastFontSize);
    return figure !== '' && bare.width <= maxWidth ? bare : undefined;
  }

  async render({ parts, size, width, height }: FittedText): Promise<Coverage> {
    const levels = new Uint8Array(width * height);
    let left = 0;
    for (const part of parts) {
      const coverage = await this.#render(part, size);
      for (let row = 0; row < height; row++) {
        levels.set(coverage.levels.subarray(row * coverage.width, (row + 1) * coverage.width), row * width + left);
      }
      left += coverage.width + gapOf(size);
    }
    return { levels, width, height };
  }

  async #measure(texts: readonly string[], size: number): Promise<FittedText> {
    const parts = texts.filter((text) => text !== '');
    let width = gapOf(size) * Math.max(0, parts.length - 1);
    for (const part of parts) {
      width += this.#isPlain(part) ? this.#font.width(part, size) : (await this.#render(part, size)).width;
    }
    return { parts, size, width, height: this.#font.lineHeight(size) };
  }

  #isPlain(text: string): boolean {
    return Array.from(text).every((character) => plainScript.test(character) && this.#font.has(character));
  }

  #render(text: string, size: number): Coverage | Promise<Coverage> {
    if (this.#isPlain(text)) {
      return this.#font.draw(text, size);
    }
    const key = `${size} ${text}`;
    let rendered = this.#kept.get(key);
    if (!rendered) {
      // Where sharp cannot, boxes stand for the characters.
      rendered = renderWithSystemFonts(text, size, this.#font.lineHeight(size)).catch(() => this.#font.draw(text, size));
      this.#kept.set(key, rendered);
      if (this.#kept.size > maxKept) {
        this.#kept.delete(this.#kept.keys().next().value as string);
      }
    }
    return rendered;
  }
}

function gapOf(size: number): number {
  return Math.round(size * gapEms);
}

async function renderWithSystemFonts(text: string, size: number, lineHeight: number): Promise<Coverage> {
  // At 72 dots per inch a point is a pixel.
  const picture = loadSharp()({ text: { text: escapeMarkup(text), font: `sans bold ${size}`, dpi: 72 } })
    // Characters may be piled up to any height.
    .resize({ height: lineHeight, withoutEnlargement: true })
    .extractChannel(0);
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  // sharp cuts text to its ink, which here goes into the middle of the line.
  const levels = new Uint8Array(info.width * lineHeight);
  levels.set(data, Math.floor((lineHeight - info.height) / 2) * info.width);
  return { levels, width: info.width, height: lineHeight };
}

/** For Pango's markup. */
function escapeMarkup(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] as string);
}
