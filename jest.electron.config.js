// Tests of the Electron example that need its own packages: `npm ci --ignore-scripts --prefix examples/electron`.
const base = require('./jest.config');

/** @type {import('jest').Config} */
module.exports = {
  ...base,
  testMatch: ['<rootDir>/test/examples/electron/installed/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: '<rootDir>/test/examples/electron/installed/set-up.ts',
  // Packing keeps the machine busy, and takes a while.
  maxWorkers: 1,
  testTimeout: 240_000,
};
