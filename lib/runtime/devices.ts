import os from 'node:os';
import { MobileNetError } from '../errors';
import { invalidOption, nearest } from '../options';
import { loadAddon } from './load-addon';
import type { NativeMetalDevice } from './native';

/**
 * What a network is to run on: `auto` is the preferred GPU where there is one, else the CPU; `metal` the preferred GPU; `metal:` and a
 * GPU's registry id that one GPU, as {@link DeviceInfo} has it in `id`.
 */
export type Device = 'auto' | 'cpu' | 'metal' | `metal:${string}`;

/** The processor. */
export interface CpuInfo {
  /** Tells the kinds of devices apart. */
  type: 'cpu';
  /** What the `device` option takes to mean it. */
  id: 'cpu';
  /** The maker's name of it. */
  name: string;
  /** Best first; the first is what sessions use. */
  instructionSets: string[];
  /** Processors, as the system counts them. */
  logicalCores: number;
}

/** An Apple GPU, or another that Metal runs on. */
export interface MetalInfo extends NativeMetalDevice {
  /** Tells the kinds of devices apart. */
  type: 'metal';
  /** What the `device` option takes to mean this GPU. */
  id: `metal:${string}`;
}

/** One thing networks can run on. */
export type DeviceInfo = CpuInfo | MetalInfo;

const deviceNames = ['auto', 'cpu', 'metal'] as const;

function processor(): CpuInfo {
  return { type: 'cpu', id: 'cpu', name: os.cpus()[0]?.model.trim() || process.arch, ...loadAddon().cpu };
}

function gpu(device: NativeMetalDevice): MetalInfo {
  return { type: 'metal', id: `metal:${device.registryId}`, ...device };
}

/**
 * The devices of this machine, the one `auto` would choose first: GPUs, the preferred one before the others, and then the CPU. GPUs may
 * come and go: each call looks anew. Throws ERR_NATIVE_LOAD.
 *
 * @example
 * import { devices } from 'mobilenet-metal';
 *
 * console.log(devices().at(-1));
 * // → {
 * //     type: 'cpu',
 * //     id: 'cpu',
 * //     name: '…',
 * //     instructionSets: [ … 'portable' ],
 * //     logicalCores: …
 * //   }
 */
export function devices(): DeviceInfo[] {
  return [...loadAddon().metalDevices().map(gpu), processor()];
}

/** Whether it has the form of a device, and not whether the device is there. Throws ERR_INVALID_OPTION. */
export function checkDevice(value: unknown): Device {
  if (typeof value === 'string') {
    if ((deviceNames as readonly string[]).includes(value) || /^metal:\d{1,20}$/.test(value)) {
      return value as Device;
    }
    const guess = nearest(value, deviceNames);
    const error = deviceExpected(value);
    throw guess ? new MobileNetError(error.code, `${error.message}: did you mean '${guess}'?`) : error;
  }
  throw deviceExpected(value);
}

function deviceExpected(received: unknown): MobileNetError {
  return invalidOption('device', "one of 'auto', 'cpu', 'metal', or 'metal:' and a GPU's registry id,", received);
}

/** Which device is meant here. Throws ERR_NO_DEVICE when there is no such device, and says what there is. */
export function chooseDevice(device: Device): DeviceInfo {
  // Asking for all GPUs would wake those that sleep.
  if (device === 'cpu') {
    return processor();
  }
  if (device === 'auto' || device === 'metal') {
    const preferred = loadAddon().preferredMetalDevice();
    if (preferred) {
      return gpu(preferred);
    }
    if (device === 'auto') {
      return processor();
    }
  }
  const all = devices();
  const chosen = all.find(({ id }) => id === device);
  if (!chosen) {
    throw noDevice(device, all);
  }
  return chosen;
}

function noDevice(device: Device, all: readonly DeviceInfo[]): MobileNetError {
  const wanted = device.startsWith('metal:')
    ? `no GPU of registry id ${device.slice('metal:'.length)}`
    : 'no GPU that Metal runs on';
  const here = all.map(({ id, name }) => `'${id}' (${name})`).join(', ');
  const why = all.some(({ type }) => type === 'metal') ? '' : `; ${metalNeeds()}`;
  return new MobileNetError('ERR_NO_DEVICE', `there is ${wanted} here: device can be ${here}${why}`);
}

function metalNeeds(): string {
  const needs = 'Metal needs macOS 12 or later on arm64 or x64';
  return process.platform === 'darwin' ? needs : `${needs}, and this is ${process.platform} on ${process.arch}`;
}
