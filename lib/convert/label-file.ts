import { MobileNetError } from '../errors';
import { describe } from '../options';

/** More labels than any network has classes, and no line of a label that long. */
const MAX_LABELS = 65536;
const MAX_LABEL_LENGTH = 1024;

/** What label files write at indices that stand for nothing. */
const EMPTY_LABELS: ReadonlySet<string> = new Set(['', '???', 'n/a']);

type Labels = (string | null)[];

function wrong(name: string, what: string): MobileNetError {
  return new MobileNetError('ERR_INVALID_OPTION', `the labels in '${name}': ${what}`);
}

/** Labels at their indices, null where there is none. */
function place(entries: Iterable<readonly [index: number, label: string]>, name: string): Labels {
  const labels: Labels = [];
  for (const [index, label] of entries) {
    if (!Number.isInteger(index) || index < 0 || index >= MAX_LABELS) {
      throw wrong(name, `expected indices from 0 to ${MAX_LABELS - 1} but found ${index}`);
    }
    while (labels.length < index) {
      labels.push(null);
    }
    labels[index] = label;
  }
  return labels;
}

function fromJson(document: unknown, name: string): Labels {
  if (Array.isArray(document)) {
    return document.map((label, index) => {
      if (label !== null && typeof label !== 'string') {
        throw wrong(name, `expected a text or null at index ${index} but found ${describe(label)}`);
      }
      return label;
    });
  }
  if (typeof document !== 'object' || document === null) {
    throw wrong(name, `expected an array of texts, or an object of texts by index, but found ${describe(document)}`);
  }
  return place(
    Object.entries(document).map(([index, label]) => {
      if (!/^\d{1,6}$/.test(index) || typeof label !== 'string') {
        throw wrong(name, `expected texts by index but found ${describe(label)} at ${describe(index)}`);
      }
      return [Number(index), label] as const;
    }),
    name,
  );
}

/** The Object Detection API's label map: `item { id: 1 name: 'n' display_name: 'person' }` (protos/string_int_label_map.proto). */
function fromLabelMap(text: string, name: string): Labels {
  const entries = [...text.matchAll(/\bitem\s*:?\s*\{([^{}]*)\}/g)].map(([, body = '']) => {
    const id = /\bid\s*:\s*(\d{1,6})/.exec(body)?.[1];
    const field = (key: string) => new RegExp(`(?:^|\\s)${key}\\s*:\\s*(?:"([^"]*)"|'([^']*)')`).exec(body);
    const found = field('display_name') ?? field('name');
    const label = found?.[1] ?? found?.[2];
    if (id === undefined || label === undefined) {
      throw wrong(name, `expected an id and a name in each item but found '${body.trim().slice(0, 60)}'`);
    }
    return [Number(id), label] as const;
  });
  return place(entries, name);
}

const numbered = /^(\d{1,6})(?:\s*[:,]\s*|\s+)(\S.*)$/;

/** One label a line; or, where every line begins with one, labels after their indices. */
function fromLines(text: string): Labels | [number, string][] {
  const lines = text.split(/\r\n|\n|\r/).map((line) => line.trim());
  while (lines.at(-1) === '') {
    lines.pop();
  }
  const pairs = lines.map((line) => numbered.exec(line));
  if (lines.length > 0 && pairs.every((pair) => pair !== null)) {
    return pairs.map((pair): [number, string] => [Number(pair?.[1]), pair?.[2] as string]);
  }
  return lines.map((line) => (EMPTY_LABELS.has(line) ? null : line));
}

function isPairs(lines: Labels | [number, string][]): lines is [number, string][] {
  return Array.isArray(lines[0]);
}

/**
 * Reads a list of labels in any of the forms they come in: one a line (an empty line, `???` or `n/a` is an index without one), `index label` on
 * every line (Teachable Machine, TensorFlow Lite), a JSON array or object by index, an Object Detection API label map (`.pbtxt`).
 *
 * @param name what to call the file in messages
 * @returns label of each class index, null where there is none
 * @throws {MobileNetError} `ERR_INVALID_OPTION`
 */
export function parseLabels(text: string, name: string): Labels {
  const content = text.replace(/^\uFEFF/, '');
  const labels = parse(content, name);
  const long = labels.find((label) => label !== null && label.length > MAX_LABEL_LENGTH);
  if (labels.length === 0 || labels.length > MAX_LABELS || long) {
    throw wrong(name, `expected 1 to ${MAX_LABELS} labels of at most ${MAX_LABEL_LENGTH} characters`);
  }
  return labels;
}

function parse(text: string, name: string): Labels {
  if (/^\s*[[{]/.test(text)) {
    let document: unknown;
    try {
      document = JSON.parse(text);
    } catch (error) {
      throw wrong(name, (error as SyntaxError).message);
    }
    return fromJson(document, name);
  }
  if (/^\s*(?:#[^\n]*\n\s*)*item\s*:?\s*\{/.test(text)) {
    return fromLabelMap(text, name);
  }
  const lines = fromLines(text);
  return isPairs(lines) ? place(lines, name) : lines;
}
