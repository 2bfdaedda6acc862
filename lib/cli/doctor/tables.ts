import type { PictureResult } from '../../doctor/check-model';
import type { CaseResult } from '../../doctor/check-operations';
import type { Machine } from '../../doctor/machine';
import type { Speed } from '../../doctor/measure-speed';
import { summarizeOperations } from '../../doctor/summary';
import type { DeviceInfo } from '../../runtime/devices';
import { columns, fileSize, properties } from '../format';
import type { MeasuredModel } from './examine';

const yesNo = (value: boolean) => (value ? 'yes' : 'no');
const verdict = (ok: boolean) => (ok ? 'ok' : 'FAILED');

/** A part of the largest value in two digits; `-` for what was not measured. */
function part(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) {
    return '-';
  }
  return value === 0 ? '0' : value.toExponential(1);
}

export function machineLines({ package: version, node, platform, arch, release, macos }: Machine): string[] {
  const system = macos === undefined ? `${platform} ${release}` : `macOS ${macos} (Darwin ${release})`;
  return properties([
    ['mobilenet-metal', version],
    ['Node', node],
    ['system', `${system} on ${arch}`],
  ]);
}

/** All that is known of a device. */
export function deviceLines(device: DeviceInfo): string[] {
  const facts: [string, string][] =
    device.type === 'cpu'
      ? [
          ['instruction sets', device.instructionSets.join(', ')],
          ['logical cores', `${device.logicalCores}`],
        ]
      : [
          ['registry id', device.registryId],
          ['memory', device.unifiedMemory ? "the processor's" : 'its own'],
          ['working set', fileSize(device.workingSetBytes)],
          ['low power', yesNo(device.lowPower)],
          ['headless', yesNo(device.headless)],
          ['removable', yesNo(device.removable)],
        ];
  return [`${device.id}  ${device.name}`, ...properties(facts).map((line) => `  ${line}`)];
}

/** One row for each operation and precision, then the cases that failed with all their parameters. */
export function operationLines(results: readonly CaseResult[]): string[] {
  if (results.length === 0) {
    return [];
  }
  const header = ['OPERATION', 'PRECISION', 'CASES', 'LARGEST', 'LIMIT', 'MEAN', 'RESULT'];
  const rows = summarizeOperations(results).map(({ kind, precision, cases, failed, largest, limit, mean }) => [
    ...[kind, precision, `${cases}`, part(largest), part(limit), part(mean)],
    failed === 0 ? 'ok' : `${failed} FAILED`,
  ]);
  return ['', ...columns([header, ...rows], [2, 3, 4, 5]), ...results.filter(({ ok }) => !ok).map(failedCase)];
}

function failedCase({ kind, precision, parameters, largest, limit, fault, failure }: CaseResult): string {
  const reason = failure
    ? `${failure.message} (${failure.code})`
    : (fault ?? `differs by ${part(largest)}, limit ${part(limit)}`);
  return `FAILED ${kind}, ${precision}, ${JSON.stringify(parameters)}: ${reason}`;
}

/** `812/s 1.2 ms` */
const speedCell = (speed: Speed | undefined) =>
  speed ? `${speed.picturesPerSecond.toFixed(speed.picturesPerSecond < 100 ? 1 : 0)}/s ${speed.milliseconds.toFixed(1)} ms` : '-';

/** Of several pictures the one that came nearest to its limit. */
function worstPicture(pictures: readonly PictureResult[]): PictureResult | undefined {
  return pictures.reduce<PictureResult | undefined>(
    (worst, each) => (worst && worst.largest / worst.limit >= each.largest / each.limit ? worst : each),
    undefined,
  );
}

function modelRow({ model, precision, pictures, ok, speed, cpuSpeed }: MeasuredModel): string[] {
  const worst = worstPicture(pictures);
  const flights = [1, 2, 3].map((framesInFlight) => speedCell(speed.find((each) => each.framesInFlight === framesInFlight)));
  return [
    ...[model, precision, part(worst?.largest), part(worst?.limit), part(worst?.mean)],
    ...[pictures[0]?.answer ?? '-', verdict(ok), ...flights, speedCell(cpuSpeed)],
  ];
}

function failedModel({ model, precision, pictures, failure }: MeasuredModel): string[] {
  const reasons = failure
    ? [`${failure.message} (${failure.code})`]
    : pictures
        .filter(({ ok }) => !ok)
        .map(({ picture, largest, limit, answer }) => {
          const said = answer === undefined ? '' : `; ${answer}`;
          return `${picture}: differs by ${part(largest)}, limit ${part(limit)}${said}`;
        });
  return reasons.map((reason) => `FAILED ${model}, ${precision}, ${reason}`);
}

/** One row for each model and precision, with pictures per second and the time of one beside the CPU's, then what failed. */
export function modelLines(models: readonly MeasuredModel[]): string[] {
  if (models.length === 0) {
    return [];
  }
  const measured = ['MODEL', 'PRECISION', 'LARGEST', 'LIMIT', 'MEAN', 'PHOTO', 'RESULT'];
  const header = [...measured, '1 IN FLIGHT', '2 IN FLIGHT', '3 IN FLIGHT', 'CPU'];
  const rows = models.map(modelRow);
  const failed = models.filter(({ ok }) => !ok).flatMap(failedModel);
  return ['', ...columns([header, ...rows], [2, 3, 4, 7, 8, 9, 10]), ...failed];
}
