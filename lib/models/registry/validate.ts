import { corrupt, readArray, readObject, readOneOf, readString } from '../../untrusted';
import { TASKS } from '../description';
import { bundledSource, type RegistryEntry } from './entry';
import { readConversion, readCount, readPattern, readSource } from './validate-source';

const REQUIRED = [
  'name',
  'task',
  'description',
  'license',
  'input',
  'sources',
] as const satisfies readonly (keyof RegistryEntry)[];
const OPTIONAL = ['parameters', 'macs', 'conversion'] as const satisfies readonly (keyof RegistryEntry)[];
const LONGEST_LINE = 4096;
const MAX_MODELS = 10_000;
const MAX_SOURCES = 8;

/** What a model may be called. A name is also a file name in the cache folder, and never looks like a path. */
export const MODEL_NAME = /^[a-z0-9][a-z0-9._-]{0,99}(?<!\.safetensors|\.json|\.)$/;

function readSources(value: unknown, path: string): RegistryEntry['sources'] {
  const sources = readArray(value, path, 1, MAX_SOURCES).map((source, index) => readSource(source, `${path}[${index}]`));
  const late = sources.findIndex(({ type }, index) => type === 'bundled' && index > 0);
  if (late > 0) {
    throw corrupt(`${path}[${late}].type`, 'the bundled file to be the first source', 'bundled');
  }
  return sources;
}

function readEntry(value: unknown, path: string): RegistryEntry {
  const fields = readObject(value, path, REQUIRED, OPTIONAL);
  const [height, width] = readArray(fields.input, `${path}.input`, 2, 2);
  const name = `a name of lower-case letters, digits, dots, hyphens and underscores, which could not be taken for a file`;
  return {
    name: readPattern(fields.name, `${path}.name`, MODEL_NAME, name),
    task: readOneOf(fields.task, `${path}.task`, TASKS),
    description: readString(fields.description, `${path}.description`, LONGEST_LINE),
    license: readString(fields.license, `${path}.license`),
    ...(fields.parameters === undefined ? {} : { parameters: readCount(fields.parameters, `${path}.parameters`) }),
    ...(fields.macs === undefined ? {} : { macs: readCount(fields.macs, `${path}.macs`) }),
    input: [readCount(height, `${path}.input[0]`), readCount(width, `${path}.input[1]`)],
    sources: readSources(fields.sources, `${path}.sources`),
    ...(fields.conversion === undefined ? {} : { conversion: readConversion(fields.conversion, `${path}.conversion`) }),
  };
}

function refuseTwins(
  entries: readonly RegistryEntry[],
  what: string,
  fieldOf: (entry: RegistryEntry) => string | undefined,
): void {
  const seen = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    const value = fieldOf(entry);
    if (value !== undefined && seen.has(value)) {
      throw corrupt(`models[${index}].${what}`, `a ${what.split('.').at(-1)} no other model has`, value);
    }
    seen.add(value ?? '');
  }
}

function readModels(value: unknown): unknown[] {
  return readArray(readObject(value, 'registry', ['models']).models, 'models', 0, MAX_MODELS);
}

/**
 * Checks a registry's content, which is `{ "models": [RegistryEntry, …] }` with names and bundled files that occur once.
 * @throws MobileNetError ERR_MODEL_CORRUPT, with the path of the field at fault
 */
export function validateRegistry(value: unknown): RegistryEntry[] {
  const entries = readModels(value).map((model, index) => readEntry(model, `models[${index}]`));
  refuseTwins(entries, 'name', ({ name }) => name);
  refuseTwins(entries, 'sources[0].file', (entry) => bundledSource(entry)?.file);
  return entries;
}

/**
 * The first entry of that name, checked as by {@link validateRegistry}, the others not: who loads one model need not wait for all of them.
 * @throws MobileNetError ERR_MODEL_CORRUPT, with the path of the field at fault
 */
export function validateEntry(value: unknown, name: string): RegistryEntry | undefined {
  const models = readModels(value);
  const index = models.findIndex((model) => (model as Partial<RegistryEntry> | null)?.name === name);
  return index < 0 ? undefined : readEntry(models[index], `models[${index}]`);
}

/**
 * The text of `registry.json`: by name, fields in a fixed order, so that the same models always give the same bytes.
 * @throws MobileNetError ERR_MODEL_CORRUPT
 */
export function encodeRegistry(entries: readonly RegistryEntry[]): string {
  const models = validateRegistry({ models: entries }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return `${JSON.stringify({ models }, null, 2)}\n`;
}
