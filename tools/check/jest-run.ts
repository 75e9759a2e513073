import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../run/project.js';
import type { JestReport, TestPart } from './parts.js';

/** Unit tests share nothing; tests with processes and servers of their own would only wait for each other's cores. */
const WORKERS: Record<TestPart, number> = { unit: 2, sim: 2, integration: 2, e2e: 1, chaos: 1 };
/** For one test; those that need more say so. */
const TEST_TIMEOUT_MS: Record<TestPart, number> = {
  unit: 10_000,
  sim: 60_000,
  integration: 30_000,
  e2e: 120_000,
  chaos: 120_000,
};

export const jestArguments = (part: TestPart, reportFile: string, rest: readonly string[]): string[] => [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  join(PROJECT_ROOT, 'node_modules', 'jest', 'bin', 'jest.js'),
  '--selectProjects',
  part,
  '--ci',
  `--maxWorkers=${WORKERS[part]}`,
  `--testTimeout=${TEST_TIMEOUT_MS[part]}`,
  '--json',
  `--outputFile=${reportFile}`,
  ...rest,
];

export const readReport = (file: string): JestReport | undefined => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JestReport;
  } catch {
    return undefined;
  }
};
