import type { DeviceInfo } from '../runtime/devices';
import type { InternalSessionOptions } from '../runtime/session-options';
import type { Precision } from './limits';

/** What is examined, and what judges it. */
export interface Subject {
  device: DeviceInfo;
  precisions: readonly Precision[];
  /** Of the sessions that are judged, but for precision and frames in flight. */
  options: InternalSessionOptions;
  /** Of those that judge. */
  judge: InternalSessionOptions;
}

/** A GPU is judged by the CPU, the CPU by plain loops in double precision, which take their time. */
export function subjectOf(device: DeviceInfo, precisions: readonly Precision[] = ['float16', 'float32']): Subject {
  return device.type === 'metal'
    ? { device, precisions, options: { device: device.id }, judge: { device: 'cpu' } }
    : { device, precisions: ['float32'], options: { device: 'cpu' }, judge: { executor: 'reference' } };
}
