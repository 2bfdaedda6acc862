/**
 * What networks run on: {@link devices}, and the options of {@link SessionOptions}.
 *
 * @module devices
 */
export { type CpuInfo, type Device, type DeviceInfo, devices, type MetalInfo, type SessionOptions } from '../../../lib';
