import { MobileNetError } from '../../errors';
import type { ListedInput } from './listed-input';
import { quote } from './quote';

/** An input as a line of a saved list, without its line break. */
export function manifestLine(input: ListedInput): string {
  if (input.kind === 'archive') {
    const { path, size, modified } = input;
    return JSON.stringify({ archive: path, size, modified });
  }
  return JSON.stringify({ image: input.name, root: input.root });
}

/** Reads a line. Throws ERR_JOB_CORRUPT naming it for anything {@link manifestLine} does not write. */
export function parseManifestLine(text: string, path: string, line: number): ListedInput {
  const input = toInput(text);
  if (!input || manifestLine(input) !== text) {
    throw corruptManifest(path, `expected an input on line ${line} but found ${quote(text)}`);
  }
  return input;
}

export function corruptManifest(path: string, why: string, cause?: unknown): MobileNetError {
  return new MobileNetError('ERR_JOB_CORRUPT', `the saved list of inputs ${quote(path)} is damaged: ${why}`, { cause });
}

function toInput(text: string): ListedInput | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { image, root, archive, size, modified } = (value ?? {}) as Record<string, unknown>;
  if (isName(image) && (root === undefined || isName(root))) {
    return { kind: 'image', name: image, root };
  }
  if (isName(archive) && Number.isSafeInteger(size) && (size as number) >= 0 && Number.isSafeInteger(modified)) {
    return { kind: 'archive', path: archive, size: size as number, modified: modified as number };
  }
  return undefined;
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
