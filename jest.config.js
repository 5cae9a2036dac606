/** Tests import the package by its public names; these point to the source. */
const entries = ['spanner', 'pubsub', 'sqlite', 'avro', 'testing'];

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  moduleNameMapper: {
    '^eventspan$': '<rootDir>/src/index.ts',
    ...Object.fromEntries(entries.map((entry) => [`^eventspan/${entry}$`, `<rootDir>/src/${entry}/index.ts`])),
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  reporters: ['default', '<rootDir>/test/support/reporter.cjs'],
  maxWorkers: 2,
  testTimeout: 60_000,
};
