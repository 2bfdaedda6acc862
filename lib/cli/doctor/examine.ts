import { operationCases } from '../../doctor/cases';
import { checkModel, type ModelResult } from '../../doctor/check-model';
import { type CaseResult, type CheckOptions, checkOperations } from '../../doctor/check-operations';
import { type Failure, failureOf } from '../../doctor/failure';
import type { Precision } from '../../doctor/limits';
import { measureSpeed, type Speed } from '../../doctor/measure-speed';
import { photo } from '../../doctor/pictures';
import type { Subject } from '../../doctor/subject';
import { MobileNetError } from '../../errors';
import { loadModelFile, type Model } from '../../models/model-file';
import { Progress } from '../progress';

/** What is asked for, checked. */
export interface Examination {
  /** Absent: not the operations. */
  operations: boolean;
  /** Names and files of models; none: not the models. */
  models: { name: string; path: string }[];
  /** To measure the speed for each way of running a model; 0: not at all. */
  seconds: number;
}

/** A model's result with its speed. */
export interface MeasuredModel extends ModelResult {
  speed: Speed[];
  /** Of the CPU, one picture at a time. Absent where the CPU is what is examined. */
  cpuSpeed?: Speed;
}

/** What came of one device. */
export interface DeviceReport {
  /** Its `id`. */
  device: string;
  operations: CaseResult[];
  models: MeasuredModel[];
  /** What ended the examination before it was done: a GPU that is gone for good, say. The results are those until then. */
  ended?: Failure;
}

/** Frames in flight whose speed is measured. */
const flights = [1, 2, 3];

async function examineOperations(report: DeviceReport, subject: Subject, options: CheckOptions): Promise<void> {
  const cases = operationCases();
  const progress = new Progress(cases.length, 'networks');
  try {
    for await (const some of checkOperations(subject, options, cases)) {
      report.operations.push(...some);
      progress.step();
    }
  } finally {
    progress.stop();
  }
}

async function speeds(model: Model, { device, options }: Subject, precision: Precision, seconds: number, signal?: AbortSignal) {
  const frame = await photo();
  const measured: Speed[] = [];
  for (const framesInFlight of device.type === 'metal' ? flights : [1]) {
    measured.push(await measureSpeed(model, { ...options, precision, framesInFlight }, frame, seconds, signal));
  }
  return measured;
}

async function examineModel(
  name: string,
  model: Model,
  subject: Subject,
  seconds: number,
  options: CheckOptions,
): Promise<MeasuredModel[]> {
  const { signal } = options;
  const results = await checkModel(model, subject, options);
  if (seconds === 0) {
    return results.map((result) => ({ ...result, model: name, speed: [] }));
  }
  const cpu = { device: 'cpu', framesInFlight: 1 } as const;
  const cpuSpeed =
    subject.device.type === 'metal' ? { cpuSpeed: await measureSpeed(model, cpu, await photo(), seconds, signal) } : undefined;
  const measured: MeasuredModel[] = [];
  for (const result of results) {
    // What cannot run has no speed.
    const speed = result.failure ? [] : await speeds(model, subject, result.precision, seconds, signal).catch(failureOf);
    const outcome = Array.isArray(speed) ? { speed } : { speed: [], ok: false, failure: speed };
    measured.push({ ...result, model: name, ...cpuSpeed, ...outcome });
  }
  return measured;
}

/** What a model that cannot be loaded comes to. */
function unloaded(model: string, { precisions }: Subject, failure: Failure): MeasuredModel[] {
  return precisions.map((precision) => ({ model, precision, pictures: [], ok: false, failure, speed: [] }));
}

/** Examines one device. On abort, rejects with the signal's reason. */
export async function examine(subject: Subject, examination: Examination, options: CheckOptions): Promise<DeviceReport> {
  const report: DeviceReport = { device: subject.device.id, operations: [], models: [] };
  try {
    if (examination.operations) {
      await examineOperations(report, subject, options);
    }
    await examineModels(report, subject, examination, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    const code = error instanceof MobileNetError ? error.code : 'ERR_INTERNAL';
    report.ended = { code, message: error instanceof Error ? error.message : String(error) };
  }
  return report;
}

async function examineModels(
  report: DeviceReport,
  subject: Subject,
  { models, seconds }: Examination,
  options: CheckOptions,
): Promise<void> {
  const { signal } = options;
  const progress = new Progress(models.length, 'models');
  try {
    for (const { name, path } of models) {
      const model = await loadModelFile(path, { signal }).catch(failureOf);
      if ('code' in model) {
        report.models.push(...unloaded(name, subject, model));
      } else {
        report.models.push(...(await examineModel(name, model, subject, seconds, options)));
      }
      progress.step();
    }
  } finally {
    progress.stop();
  }
}
