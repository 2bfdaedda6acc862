import { chooseDevice, type DeviceInfo } from './devices';
import type { NativeMetalOptions, NativeSessionOptions } from './native';
import type { CheckedSessionOptions } from './session-options';

/** What a session's options come to on this machine. */
export interface Execution {
  device: DeviceInfo['type'];
  options: NativeSessionOptions;
  /** Frames handed to the device before the first has come back. */
  framesAtOnce: number;
  /** For people, behind what the device says of itself. */
  details: string;
}

/** Where the options do not say how many: the device has the next frame while one is decoded and one is read out. */
const usualFramesInFlight = 3;

const counted = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;

/** `auto` and `metal` name no GPU: native code goes on with another where the preferred one is pulled out. */
function metalOptions({ device, precision, batchSize }: CheckedSessionOptions, framesInFlight: number): NativeMetalOptions {
  return {
    ...(device.startsWith('metal:') ? { registryId: device.slice('metal:'.length) } : {}),
    precision: precision === 'auto' ? 'float16' : precision,
    framesInFlight,
    batchSize,
  };
}

/** Chooses device and executor. Throws ERR_NO_DEVICE. */
export function planExecution(options: CheckedSessionOptions): Execution {
  const { executor, threads, instructionSet, fuse, batchSize } = options;
  const { type } = chooseDevice(options.device);
  const common = { threads, instructionSet, fuse };
  if (type === 'metal' && executor === undefined) {
    const { framesInFlight = usualFramesInFlight } = options;
    const batches = batchSize > 1 ? `, ${batchSize} to a command buffer` : '';
    return {
      device: 'metal',
      options: { executor: 'metal', metal: metalOptions(options, framesInFlight), ...common },
      framesAtOnce: framesInFlight * batchSize,
      details: `${counted(framesInFlight * batchSize, 'frame', 'frames')} in flight${batches}`,
    };
  }
  // Each thread takes a frame where there are enough of them; one more is decoded meanwhile.
  const { framesInFlight = Math.max(usualFramesInFlight, threads + 1) } = options;
  return {
    device: 'cpu',
    options: { executor: executor ?? 'cpu', ...common },
    framesAtOnce: framesInFlight,
    details: counted(threads, 'thread', 'threads'),
  };
}
