/**
 * The one class of errors and its codes, and the package's version.
 *
 * @module errors
 */
export { type ErrorCode, MobileNetError, version } from '../../../lib';
