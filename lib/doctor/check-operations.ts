import type { SegmentationHead } from '../models/description';
import type { Model } from '../models/model-file';
import type { NativeFrame } from '../runtime/native';
import { withSession } from '../runtime/with-session';
import { caseModel, caseTensors } from './case-model';
import { type Case, operationCases } from './cases';
import { type Failure, failureOf } from './failure';
import { judgeOf, type Trial, type Verdict } from './judge';
import type { Precision } from './limits';
import { noisePicture } from './pictures';
import type { Subject } from './subject';

/** What came of one case in one precision. Without a verdict where it could not even be run. */
export interface CaseResult extends Partial<Verdict>, Pick<Case, 'kind' | 'parameters'> {
  precision: Precision;
  ok: boolean;
  failure?: Failure;
}

/** How an examination goes about its work. */
export interface CheckOptions {
  signal?: AbortSignal;
  /** Changes the models of the sessions that are judged: tests see whether mistakes are found. */
  tamper?: (model: Model) => Model;
}

/** Cases are too small for more. */
const threads = 1;

function frameOf({ graph, picture }: Case): NativeFrame {
  const { width = graph.input.width, height = graph.input.height, ...rest } = picture ?? {};
  return { ...noisePicture(width, height, 1), ...rest };
}

function headOf({ classMap }: Case): SegmentationHead | undefined {
  return classMap && { type: 'segmentation', output: 'logits', classes: classMap.classes, alignCorners: classMap.alignCorners };
}

function trialOf(one: Case): Trial {
  const tensors = caseTensors(one.graph, one.signs ?? 'mixed');
  return { case: one, tensors, model: caseModel(one.graph, tensors, one.preprocessing, headOf(one)), frame: frameOf(one) };
}

/** Runs one case in every precision of the subject. */
export async function checkCase(one: Case, subject: Subject, options: CheckOptions = {}): Promise<CaseResult[]> {
  const { tamper = (model) => model, signal } = options;
  const { kind, parameters, fuse = true } = one;
  const trial = trialOf(one);
  const judge = await judgeOf(trial, { threads, ...subject.judge, fuse });
  const results: CaseResult[] = [];
  for (const precision of subject.precisions) {
    signal?.throwIfAborted();
    const session = { threads, ...subject.options, precision, framesInFlight: 1, fuse };
    const outcome = await withSession(tamper(trial.model), session, (open) => judge(open, precision)).catch((error: unknown) => ({
      ok: false,
      failure: failureOf(error),
    }));
    results.push({ kind, parameters, precision, ...outcome });
  }
  return results;
}

/** Runs all cases, or those given, one after the other. On abort, throws the signal's reason. */
export async function* checkOperations(
  subject: Subject,
  options: CheckOptions = {},
  cases: readonly Case[] = operationCases(),
): AsyncGenerator<CaseResult[], void, undefined> {
  for (const one of cases) {
    options.signal?.throwIfAborted();
    yield await checkCase(one, subject, options);
  }
}
