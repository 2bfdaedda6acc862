import { inferShapes } from '../graph/shapes';
import type { Model } from '../models/model-file';
import type { SeededTensor } from '../networks/seeded-weights';
import type { NativeFrame } from '../runtime/native';
import type { Session } from '../runtime/session';
import type { InternalSessionOptions } from '../runtime/session-options';
import { rawOutputs, withSession } from '../runtime/with-session';
import { isWidening } from './case-model';
import type { Case } from './cases';
import { classMapOf, compareClassMaps } from './class-maps';
import { difference, largestOf } from './difference';
import { countRoundings, equalPixels, operationLimit, type Precision, type Roundings } from './limits';
import { magnitudeModel } from './magnitudes';

/** Whether an answer agrees with the judge's. */
export interface Verdict {
  /** Parts of the largest value; of class maps, the part of the pixels that have another class. */
  largest: number;
  mean: number;
  limit: number;
  ok: boolean;
  /** What else is wrong. */
  fault?: string;
}

/** Judges a session by what another one answered. */
export type Judge = (session: Session, precision: Precision) => Promise<Verdict>;

/** A case with what it needs to run. */
export interface Trial {
  case: Case;
  tensors: ReadonlyMap<string, SeededTensor>;
  model: Model;
  frame: NativeFrame;
}

/** Softmax and sigmoid have exact inputs, and M = |y| for what they store, as a network's input has. */
const needsMagnitudes = ({ graph }: Case) =>
  graph.operations.length > 0 && !graph.operations.some(({ type }) => type === 'softmax' || type === 'sigmoid');

/** The largest M of every output. */
async function magnitudesOf({ case: { graph }, tensors, frame }: Trial): Promise<Map<string, number>> {
  const outputs = await withSession(magnitudeModel(graph, tensors), { device: 'cpu', threads: 1 }, (session) =>
    rawOutputs(session, frame),
  );
  return new Map(Object.entries(outputs).map(([name, { data }]) => [name, largestOf(data)]));
}

/** Of several outputs the one that comes nearest to its limit, or is farthest beyond it, tells. */
async function outputsJudge(trial: Trial, options: InternalSessionOptions): Promise<Judge> {
  const { graph } = trial.case;
  const expected = await withSession(trial.model, options, (session) => rawOutputs(session, trial.frame));
  const magnitudes = needsMagnitudes(trial.case) ? await magnitudesOf(trial) : new Map<string, number>();
  const roundings = countRoundings(graph, inferShapes(graph), isWidening);
  return async (session, precision) => {
    const outputs = await rawOutputs(session, trial.frame);
    const verdicts = graph.outputs.map(({ name, value }): Verdict => {
      const right = expected[name]?.data ?? new Float32Array();
      const largest = largestOf(right);
      const limit = operationLimit(precision, roundings.get(value) as Roundings, magnitudes.get(name) ?? largest, largest);
      const found = difference(outputs[name]?.data ?? new Float32Array(), right);
      return { ...found, limit, ok: found.largest <= limit };
    });
    return verdicts.reduce((worst, each) => (each.largest / each.limit > worst.largest / worst.limit ? each : worst));
  };
}

async function classMapJudge({ case: trial, model, frame }: Trial, options: InternalSessionOptions): Promise<Judge> {
  const { alignCorners = false, picture } = trial.classMap ?? {};
  const request = { output: 'logits', alignCorners, picture };
  const size = picture ?? trial.graph.input;
  const expected = await withSession(model, options, (session) => classMapOf(session, request, frame, size));
  return async (session) => {
    const { different, fault } = compareClassMaps(await classMapOf(session, request, frame, size), expected);
    const limit = 1 - equalPixels;
    return { largest: different, mean: different, limit, ok: different <= limit && fault === undefined, fault };
  };
}

/** @param options of the session that judges */
export function judgeOf(trial: Trial, options: InternalSessionOptions): Promise<Judge> {
  return trial.case.classMap ? classMapJudge(trial, options) : outputsJudge(trial, options);
}
