import { stat } from 'node:fs/promises';
import { listLayers } from '../../graph/layers';
import { formatShape, inferShapes } from '../../graph/shapes';
import { graphStatistics } from '../../graph/statistics';
import type { Graph, Shape } from '../../graph/types';
import type { ModelDescription } from '../../models/description';
import { loadModelFile } from '../../models/model-file';
import { resolveModel } from '../../models/registry';
import { hashFile } from '../../models/registry/hash-file';
import type { Context } from '../context';
import { columns, fileSize, grouped, properties } from '../format';
import { describePreprocessing } from '../preprocessing-words';

export interface InfoFlags {
  json?: boolean;
  layers?: boolean;
}

/** Says all about a model. */
export async function info(model: string, { json, layers }: InfoFlags, { output, signal }: Context): Promise<void> {
  const { path, entry } = await resolveModel(model);
  const { description } = await loadModelFile(path, { signal });
  const file = { path, bytes: (await stat(path)).size, sha256: await hashFile(path, 'sha256', signal) };
  const facts = { ...summarize(description), ...file, ...(layers ? { layers: describeLayers(description.graph) } : {}) };
  if (json) {
    await output.json(facts);
    return;
  }
  const { input, outputs, labels } = facts;
  const lines = properties([
    ['name', facts.name],
    ...(facts.description ? [['description', facts.description] as [string, string]] : []),
    ['task', facts.task],
    ['input', `${input.width} x ${input.height} pixels, RGB`],
    ['preprocessing', describePreprocessing(description.preprocessing)],
    ['parameters', grouped(facts.parameters)],
    ['multiply-accumulates', grouped(facts.macs)],
    ['outputs', outputs.map(({ name, shape }) => `${name} [${formatShape(shape)}]`).join(', ')],
    ['labels', labels === 0 ? 'none' : `${labels}`],
    ['licence', facts.license],
    ['source', facts.source],
    ['file', facts.path],
    ['size', `${fileSize(facts.bytes)} (${grouped(facts.bytes)} bytes)`],
    ['sha256', facts.sha256 + (entry && entry.sha256 !== facts.sha256 ? ` (differs from the registry's ${entry.sha256})` : '')],
  ]);
  await output.lines([...lines, ...layerTable(facts.layers)]);
}

interface LayerFacts {
  name: string;
  /** Of its operation; `input` for the network's input. */
  type: string;
  shape: Shape;
}

function describeLayers(graph: Graph): LayerFacts[] {
  const types = new Map(graph.operations.map(({ name, type }) => [name, type]));
  return listLayers(graph).map(({ name, value, shape }) => ({ name, type: types.get(value) ?? 'input', shape }));
}

function layerTable(layers: LayerFacts[] | undefined): string[] {
  if (!layers) {
    return [];
  }
  const rows = layers.map(({ name, type, shape }) => [name, type, formatShape(shape)]);
  return ['', ...columns([['LAYER', 'OPERATION', 'OUTPUT'], ...rows])];
}

function summarize({ name, task, description, license, source, graph, preprocessing, head, labels }: ModelDescription) {
  const { parameters, macs } = graphStatistics(graph);
  const shapes = inferShapes(graph);
  return {
    name,
    task,
    description,
    input: { width: graph.input.width, height: graph.input.height, channels: graph.input.channels },
    preprocessing,
    parameters,
    macs,
    outputs: graph.outputs.flatMap((output) => {
      const shape = shapes.get(output.value);
      return shape ? [{ name: output.name, shape }] : [];
    }),
    head: head?.type ?? null,
    labels: labels?.filter((label) => label !== null).length ?? 0,
    license,
    source,
  };
}
