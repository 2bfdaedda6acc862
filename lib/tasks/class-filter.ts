import { MobileNetError } from '../errors';
import { describe, invalidOption, nearest } from '../options';

/** A class by its label or by its index. A label that several classes share stands for all of them. */
export type ClassName = string | number;

/** Which classes a call may report; all of the model's where neither option is given. */
export interface ClassFilterOptions {
  /** Only these classes are reported. Not together with `deny`. */
  allow?: readonly ClassName[];
  /** These classes are not reported. Not together with `allow`. */
  deny?: readonly ClassName[];
}

/** The same as texts: on a command line, or in a query. */
export interface ClassTexts {
  allow?: readonly string[];
  deny?: readonly string[];
}

/** The labels of a network's classes: null where an index stands for nothing; empty where the model has no labels at all. */
export type Labels = readonly (string | null)[];

/** Classes that were given as text: a number is an index, unless a label is written so. */
export function toClassNames(names: readonly string[] | undefined, labels: Labels): ClassName[] | undefined {
  return names?.map((name) => (/^\d+$/.test(name) && !labels.includes(name) ? Number(name) : name));
}

/** A filter that was given as texts. */
export function classFilterFromTexts({ allow, deny }: ClassTexts, labels: Labels): ClassFilterOptions {
  return { allow: toClassNames(allow, labels), deny: toClassNames(deny, labels) };
}

/** The label shown for a class: its own, or `class 17` where the model has none. */
export function labelOf(labels: Labels, index: number): string {
  return labels[index] ?? `class ${index}`;
}

/**
 * One byte per class, 1 where the class may be reported; undefined when all may. A class whose label is null may not, nor the
 * `background`, where an index is given for it. Throws ERR_INVALID_OPTION for unknown classes, and when no class is left.
 */
export function classFilter(
  { allow, deny }: ClassFilterOptions,
  labels: Labels,
  classes: number,
  background?: number,
): Uint8Array | undefined {
  if (allow !== undefined && deny !== undefined) {
    throw new MobileNetError('ERR_INVALID_OPTION', 'expected allow or deny but received both');
  }
  const meaningless = labels.includes(null);
  if (allow === undefined && deny === undefined && !meaningless && background === undefined) {
    return undefined;
  }
  const allowed = new Uint8Array(classes).fill(allow === undefined ? 1 : 0);
  for (const index of resolveClasses('allow', allow ?? [], labels, classes)) {
    allowed[index] = 1;
  }
  for (const index of resolveClasses('deny', deny ?? [], labels, classes)) {
    allowed[index] = 0;
  }
  labels.forEach((label, index) => {
    if (label === null) {
      allowed[index] = 0;
    }
  });
  if (background !== undefined) {
    allowed[background] = 0;
  }
  if (!allowed.includes(1)) {
    throw invalidOption(allow ? 'allow' : 'deny', 'at least one class to be left', allow ?? deny);
  }
  return allowed;
}

/** Indices of the named classes, in the order of the names. Throws ERR_INVALID_OPTION for unknown ones. */
export function resolveClasses(option: string, names: readonly ClassName[], labels: Labels, classes: number): number[] {
  if (!Array.isArray(names)) {
    throw invalidOption(option, 'an array of labels or class indices', names);
  }
  return names.flatMap((name: ClassName) => {
    if (typeof name === 'string') {
      return resolveLabel(option, name, labels);
    }
    if (!Number.isInteger(name) || name < 0 || name >= classes) {
      throw invalidOption(option, `labels or whole numbers from 0 to ${classes - 1}`, name);
    }
    return name;
  });
}

/** The label as written, or else without regard to case. */
function resolveLabel(option: string, name: string, labels: Labels): number[] {
  if (labels.length === 0) {
    throw invalidOption(option, 'class indices (this model has no labels)', name);
  }
  const indicesOf = (matches: (label: string) => boolean) =>
    labels.flatMap((label, index) => (label !== null && matches(label) ? [index] : []));
  const exact = indicesOf((label) => label === name);
  const found = exact.length > 0 ? exact : indicesOf((label) => label.toLowerCase() === name.toLowerCase());
  if (found.length > 0) {
    return found;
  }
  const guess = nearest(
    name,
    labels.filter((label) => label !== null),
  );
  throw new MobileNetError(
    'ERR_INVALID_OPTION',
    `${option}: the model has no label ${describe(name)}${guess ? `: did you mean '${guess}'?` : ''}`,
  );
}
