// ESM jest for Nest 12 on Node 20: swc emits ES modules; the 'source' condition maps '#lib' to its TypeScript sources.
const suites = {
  unit: { roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/tools'] },
  sim: { roots: ['<rootDir>/test/sim'], testEnvironment: '<rootDir>/test/sim/environment.mjs' },
  integration: { roots: ['<rootDir>/test/integration'] },
  e2e: { roots: ['<rootDir>/test/e2e'] },
  chaos: { roots: ['<rootDir>/test/chaos'] },
};
const base = {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  testRegex: '\\.spec\\.ts$',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
};
export default {
  projects: Object.entries(suites).map(([displayName, suite]) => ({ ...base, ...suite, displayName })),
};
