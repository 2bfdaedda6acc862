import { MobileNetError } from '../errors';
import { describe, invalidOption } from '../options';
import { nearestTo } from '../untrusted';
import { inferShapes } from './shapes';
import type { Graph, Shape } from './types';

/** A value of a graph under a name that users may give it. */
export interface Layer {
  /** An operation's, or one of the graph's outputs'. */
  name: string;
  /** Name of the operation (or of the input) whose value it is. */
  value: string;
  /** At the graph's own input size. */
  shape: Shape;
}

/** What users see of a layer or an output. */
export interface NamedShape {
  /** Of the layer or output. */
  readonly name: string;
  /** At the network's own input size. */
  readonly shape: Readonly<Shape>;
}

/** A list for users to read: a frozen copy, of names and shapes alone. */
export function toNamedShapes(values: readonly NamedShape[]): readonly NamedShape[] {
  return Object.freeze(values.map(({ name, shape }) => Object.freeze({ name, shape: Object.freeze({ ...shape }) })));
}

/**
 * Everything in a graph that can be named: its operations in the order they run, then those of its outputs that bear a name of their
 * own. Where an output is called like an operation but stands for another value, the name means the output.
 */
export function listLayers(graph: Graph): Layer[] {
  const shapes = inferShapes(graph);
  const outputs = new Map(graph.outputs.map(({ name, value }) => [name, value]));
  const values = new Map<string, string>();
  for (const { name } of graph.operations) {
    if ((outputs.get(name) ?? name) === name) {
      values.set(name, name);
    }
  }
  for (const [name, value] of outputs) {
    values.set(name, value);
  }
  return Array.from(values, ([name, value]) => ({ name, value, shape: shapes.get(value) as Shape })); // inferShapes knows them all
}

/** The last `count` parts of a name such as `MobilenetV1/Logits/global_pool`. */
function tail(name: string, count: number): string {
  return name.split('/').slice(-count).join('/');
}

/**
 * The known name a wrong one most likely stood for: what is near it, or ends in something near it (the names of TensorFlow's layers
 * begin with long scopes). Undefined when nothing does.
 */
export function nearestLayer(name: string, known: readonly string[]): string | undefined {
  const parts = name.split('/').length;
  const tails = known.map((each) => tail(each, parts));
  const guess = nearestTo(name, tails);
  return guess === undefined ? undefined : known[tails.indexOf(guess)];
}

/** `'a', 'b', 'c' and 26 more` */
export function quoteSome(names: readonly string[]): string {
  const most = 3;
  const quoted = names.slice(0, most).map((name) => `'${name}'`);
  return `${quoted.join(', ')}${names.length > most ? ` and ${names.length - most} more` : ''}`;
}

/**
 * The layer of that name.
 * @param option what to call the name in messages
 * @throws MobileNetError ERR_INVALID_OPTION when there is none, with the nearest there is
 */
export function findLayer(layers: readonly Layer[], name: unknown, option: string): Layer {
  if (typeof name !== 'string') {
    throw invalidOption(option, 'the name of a layer', name);
  }
  const layer = layers.find((each) => each.name === name);
  if (!layer) {
    const known = layers.map((each) => each.name);
    const guess = nearestLayer(name, known);
    const hint = guess ? `did you mean '${guess}'?` : `it has ${quoteSome(known)}`;
    throw new MobileNetError('ERR_INVALID_OPTION', `${option}: the network has no layer ${describe(name)}: ${hint}`);
  }
  return layer;
}
