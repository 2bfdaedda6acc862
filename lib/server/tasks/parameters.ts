import { MobileNetError } from '../../errors';
import { describe, invalidOption, nearest, numberFromText } from '../../options';
import { type Region, regionFromText } from '../../tasks/geometry';

/** What stands in the OpenAPI document of a parameter. */
export interface ParameterSchema {
  type: 'string' | 'number' | 'integer' | 'boolean' | 'array';
  enum?: readonly string[];
  minimum?: number;
  maximum?: number;
  default?: string | number | boolean;
  items?: ParameterSchema;
}

/** One parameter of a query. */
export interface Parameter {
  /** As the API calls the option. */
  name: string;
  description: string;
  schema: ParameterSchema;
  /** What the API takes; text that is no such thing stays text, which the API then refuses in its own words. */
  parse(text: string): unknown;
  /** May be given several times; its value is an array. */
  repeatable?: boolean;
}

const asNumber = (text: string) => numberFromText(text) ?? text;
const asBoolean = (text: string) => (text === 'true' ? true : text === 'false' ? false : text);
const asText = (text: string) => text;

export function number(name: string, schema: Omit<ParameterSchema, 'type'>, description: string): Parameter {
  return { name, description, schema: { type: 'number', ...schema }, parse: asNumber };
}

export function integer(name: string, schema: Omit<ParameterSchema, 'type'>, description: string): Parameter {
  return { name, description, schema: { type: 'integer', ...schema }, parse: asNumber };
}

export function boolean(name: string, standard: boolean, description: string): Parameter {
  return { name, description, schema: { type: 'boolean', default: standard }, parse: asBoolean };
}

/** @param standard undefined where the default is none of the choices */
export function choice(name: string, choices: readonly string[], standard: string | undefined, description: string): Parameter {
  return { name, description, schema: { type: 'string', enum: choices, ...(standard && { default: standard }) }, parse: asText };
}

export function text(name: string, description: string): Parameter {
  return { name, description, schema: { type: 'string' }, parse: asText };
}

export function texts(name: string, description: string): Parameter {
  return {
    name,
    description,
    schema: { type: 'array', items: { type: 'string' } },
    parse: asText,
    repeatable: true,
  };
}

function parseRegion(name: string, value: string): Region {
  const region = regionFromText(value);
  if (!region) {
    throw invalidOption(name, 'x,y,width,height in pixels, such as 40,0,200,200,', value);
  }
  return region;
}

export function region(name: string, description: string): Parameter {
  return { name, description, schema: { type: 'string' }, parse: (value) => parseRegion(name, value) };
}

function parseOne({ name, parse, repeatable }: Parameter, value: string | string[]): unknown {
  if (repeatable) {
    return [value].flat().map(parse);
  }
  if (Array.isArray(value)) {
    throw new MobileNetError('ERR_INVALID_OPTION', `expected one value for ${name} but received ${value.length}`);
  }
  return parse(value);
}

/** A query as the web framework reads it. */
export type Query = Record<string, string | string[]>;

/**
 * The options in a query.
 *
 * @throws {MobileNetError} ERR_INVALID_OPTION for unknown names, with the nearest known one, and for a value given twice
 */
export function parseQuery(parameters: readonly Parameter[], query: Query): Record<string, unknown> {
  const parsed: Record<string, unknown> = {};
  const names = parameters.map(({ name }) => name);
  for (const [name, value] of Object.entries(query)) {
    const parameter = parameters.find((each) => each.name === name);
    if (!parameter) {
      const guess = nearest(name, names);
      const hint = guess ? `did you mean '${guess}'?` : `known ones: ${names.join(', ')}`;
      throw new MobileNetError('ERR_INVALID_OPTION', `unknown parameter ${describe(name)}: ${hint}`);
    }
    parsed[name] = parseOne(parameter, value);
  }
  return parsed;
}

/** The parameters as a JSON schema of the query, for the OpenAPI document. */
export function querySchema(parameters: readonly Parameter[]): object {
  const properties = parameters.map(({ name, description, schema }) => [name, { ...schema, description }] as const);
  return { type: 'object', properties: Object.fromEntries(properties), additionalProperties: false };
}
