/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // They have configurations of their own: jest.page.config.js, jest.electron.config.js.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/page/browser/', '<rootDir>/test/examples/electron/installed/'],
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } }] },
  // The page's state without Preact, which is an ES module only.
  moduleNameMapper: { '^@preact/signals$': '@preact/signals-core' },
  maxWorkers: 2,
  testTimeout: 60_000,
};
