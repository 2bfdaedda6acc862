import { MobileNetError } from './errors';

/** Says a value the way an error message should: short, typed, never megabytes. */
export function describe(value: unknown): string {
  if (typeof value === 'string') {
    return value.length > 60 ? `'${value.slice(0, 57)}...'` : `'${value}'`;
  }
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined) {
    return String(value);
  }
  if (Array.isArray(value)) {
    return `an array of ${value.length}`;
  }
  if (typeof value === 'object') {
    const name = value.constructor?.name;
    return name && name !== 'Object' ? `a ${name}` : 'an object';
  }
  return `a ${typeof value}`;
}

/** The number that a text is, on a command line or in a query; undefined where it is none. */
export function numberFromText(text: string): number | undefined {
  const number = Number(text);
  return text.trim() !== '' && Number.isFinite(number) ? number : undefined;
}

/** `expected a number from 0 to 1 for scoreThreshold but received 2` */
export function invalidOption(name: string, expected: string, received: unknown): MobileNetError {
  return new MobileNetError('ERR_INVALID_OPTION', `expected ${expected} for ${name} but received ${describe(received)}`);
}

/** The known name a misspelt one most likely stood for, or undefined when none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) {
    return undefined;
  }
  // Loaded here: without a mistake there is nothing to guess.
  const { closest, distance } = require('fastest-levenshtein') as typeof import('fastest-levenshtein');
  const best = closest(name, [...known]);
  return distance(name.toLowerCase(), best.toLowerCase()) <= Math.max(2, name.length / 3) ? best : undefined;
}

/** Returns `options` as a plain object after refusing anything else and any name not in `known`. */
export function checkOptionNames<T extends object>(
  options: T | undefined,
  known: readonly (keyof T & string)[],
  of: string,
): Partial<T> {
  if (options === undefined) {
    return {};
  }
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidOption(`the options of ${of}`, 'an object', options);
  }
  for (const name of Object.keys(options)) {
    if (!(known as readonly string[]).includes(name)) {
      const guess = nearest(name, known);
      throw new MobileNetError(
        'ERR_INVALID_OPTION',
        `unknown option ${describe(name)} of ${of}${guess ? `: did you mean '${guess}'?` : `; known options: ${known.join(', ')}`}`,
      );
    }
  }
  return options;
}

export function checkNumber(name: string, value: unknown, from: number, to: number): number {
  if (typeof value !== 'number' || !(value >= from && value <= to)) {
    throw invalidOption(name, `a number from ${from} to ${to}`, value);
  }
  return value;
}

export function checkInteger(name: string, value: unknown, from: number, to: number): number {
  if (!Number.isInteger(value) || (value as number) < from || (value as number) > to) {
    throw invalidOption(name, `a whole number from ${from} to ${to}`, value);
  }
  return value as number;
}

export function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') {
    throw invalidOption(name, 'true or false', value);
  }
  return value;
}

export function checkOneOf<T extends string>(name: string, value: unknown, choices: readonly T[]): T {
  if (typeof value !== 'string' || !(choices as readonly string[]).includes(value)) {
    const guess = typeof value === 'string' ? nearest(value, choices) : undefined;
    const expected = `one of ${choices.map((choice) => `'${choice}'`).join(', ')}`;
    const error = invalidOption(name, expected, value);
    throw guess ? new MobileNetError(error.code, `${error.message}: did you mean '${guess}'?`) : error;
  }
  return value as T;
}

export function checkSignal(name: string, value: unknown): AbortSignal {
  if (!(value instanceof AbortSignal)) {
    throw invalidOption(name, 'an AbortSignal', value);
  }
  return value;
}

export function checkFunction<T>(name: string, value: T): T {
  if (typeof value !== 'function') {
    throw invalidOption(name, 'a function', value);
  }
  return value;
}
