// Tests of the Electron example that need its own packages: `npm ci --ignore-scripts --prefix examples/electron`.
const base = require('./jest.config');

/** @type {import('jest').Config} */
module.exports = {
  ...base,
  testMatch: ['<rootDir>/test/examples/electron/installed/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  // Packing takes a while.
  testTimeout: 240_000,
};
