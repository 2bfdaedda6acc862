import type { CheckOptions } from '../../doctor/check-operations';
import type { Precision } from '../../doctor/limits';
import { describeMachine } from '../../doctor/machine';
import { type Subject, subjectOf } from '../../doctor/subject';
import { listModels, resolveModel } from '../../models/registry';
import { checkNumber, checkOneOf } from '../../options';
import { checkDevice, chooseDevice, type DeviceInfo, devices } from '../../runtime/devices';
import type { Context } from '../context';
import { type DeviceReport, type Examination, examine } from './examine';
import { deviceLines, machineLines, modelLines, operationLines } from './tables';

export interface DoctorFlags {
  device?: string;
  precision?: string;
  model?: string[];
  operations?: boolean;
  models?: boolean;
  seconds?: number;
  json?: boolean;
}

/** An hour: more would be a typing mistake. */
const mostSeconds = 3600;

/** Every GPU, or the device that was asked for. */
function subjects({ device = 'auto', precision }: DoctorFlags, all: readonly DeviceInfo[]): Subject[] {
  const wanted = checkDevice(device);
  const chosen = wanted === 'auto' ? all.filter(({ type }) => type === 'metal') : [chooseDevice(wanted)];
  const precisions: Precision[] =
    precision === undefined ? ['float16', 'float32'] : [checkOneOf('precision', precision, ['float16', 'float32'])];
  return chosen.map((each) => subjectOf(each, precisions));
}

/** The models asked for, or all that are here. */
async function modelsOf({ model }: DoctorFlags): Promise<Examination['models']> {
  if (model) {
    return Promise.all(model.map(async (name) => ({ name, path: (await resolveModel(name)).path })));
  }
  return (await listModels()).flatMap(({ name, path }) => (path === undefined ? [] : [{ name, path }]));
}

async function examinationOf(flags: DoctorFlags): Promise<Examination> {
  const all = !flags.operations && !flags.models;
  return {
    operations: all || flags.operations === true,
    models: all || flags.models ? await modelsOf(flags) : [],
    seconds: checkNumber('seconds', flags.seconds ?? 1, 0, mostSeconds),
  };
}

/** How many of the results are not right. */
const failures = ({ operations, models }: DeviceReport) => [...operations, ...models].filter(({ ok }) => !ok).length;

const isWell = (report: DeviceReport) => report.ended === undefined && failures(report) === 0;

function conclusion(reports: readonly DeviceReport[]): string {
  if (reports.length === 0) {
    return 'There is no GPU here that Metal runs on: nothing to examine (--device cpu examines the CPU).';
  }
  const failed = reports.reduce((sum, report) => sum + failures(report), 0);
  const results = reports.reduce((sum, { operations, models }) => sum + operations.length + models.length, 0);
  const verdict = failed === 0 ? `All ${results} results are right.` : `${failed} of ${results} results are FAILED.`;
  return reports.some(({ ended }) => ended) ? `${verdict} The examination ended early.` : verdict;
}

async function printDevice(report: DeviceReport, { output }: Context): Promise<void> {
  const { device, operations, models, ended } = report;
  const end = ended ? ['', `ENDED EARLY: ${ended.message} (${ended.code})`] : [];
  await output.lines(['', `${device} examined`, ...operationLines(operations), ...modelLines(models), ...end]);
}

/**
 * Lists the devices and examines those that were asked for. Fails the program when anything is wrong, or there is nothing to examine.
 *
 * @param tamper see {@link CheckOptions}
 */
export async function doctor(flags: DoctorFlags, context: Context, tamper?: CheckOptions['tamper']): Promise<void> {
  const { output, signal, fail } = context;
  const [machine, all] = [await describeMachine(), devices()];
  const chosen = subjects(flags, all);
  const examination = await examinationOf(flags);
  if (!flags.json) {
    await output.lines([...machineLines(machine), ...all.flatMap((device) => ['', ...deviceLines(device)])]);
  }
  const reports: DeviceReport[] = [];
  for (const subject of chosen) {
    const report = await examine(subject, examination, { signal, tamper });
    reports.push(report);
    if (!flags.json) {
      await printDevice(report, context);
    }
  }
  const ok = reports.length > 0 && reports.every(isWell);
  if (!ok) {
    fail();
  }
  await (flags.json ? output.json({ machine, devices: all, ok, reports }, 2) : output.lines(['', conclusion(reports)]));
}
