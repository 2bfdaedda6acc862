import { devices, type MetalInfo } from '../../lib/runtime/devices';

/** The preferred GPU; none on a machine without one, unless its tests run on the double of Apple's frameworks (test/apple-double). */
export const metalDevice = devices().find((device): device is MetalInfo => device.type === 'metal');

/** Whether it is the double, which takes orders from environment variables. */
export const isDouble = metalDevice !== undefined && process.platform !== 'darwin';

/** What tasks run on unless told otherwise. */
export const defaultDevice = metalDevice?.type ?? 'cpu';

/** Ids of all devices, for tests that hold on each of them. */
export const deviceIds = devices().map(({ id }) => id);

/** `describe` where there is a GPU; where there is none the tests are skipped, under a name that says why. */
export function describeMetal(name: string, tests: () => void): void {
  if (metalDevice) {
    describe(name, tests);
  } else {
    describe.skip(`${name} (skipped: no GPU that Metal runs on)`, tests);
  }
}

/** The same for tests that need the double's faults. */
export function describeDouble(name: string, tests: () => void): void {
  if (isDouble) {
    describe(name, tests);
  } else {
    describe.skip(`${name} (skipped: needs the double of Metal)`, tests);
  }
}
