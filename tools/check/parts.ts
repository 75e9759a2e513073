/** What `npm test` checks, in this order. */
export const PARTS = [
  'format',
  'lint',
  'types',
  'build',
  'rules',
  'unit',
  'sim',
  'integration',
  'e2e',
  'chaos',
] as const;
export type Part = (typeof PARTS)[number];

export const TEST_PARTS = ['unit', 'sim', 'integration', 'e2e', 'chaos'] as const satisfies readonly Part[];
export type TestPart = (typeof TEST_PARTS)[number];

export const isTestPart = (part: Part): part is TestPart => (TEST_PARTS as readonly Part[]).includes(part);

/** Tests on real servers. */
export const needsServers = (part: Part): boolean =>
  part === 'integration' || part === 'e2e' || part === 'chaos';

export interface Request {
  readonly parts: readonly Part[];
  /** Handed to jest: paths, `-t name`. */
  readonly rest: readonly string[];
}

/**
 * `[part...] [paths and options for jest]`: every part when none is named, the test parts when there are paths only.
 */
export const readRequest = (words: readonly string[]): Request => {
  const isPart = (word: string): word is Part => (PARTS as readonly string[]).includes(word);
  const after = words.findIndex((word) => !isPart(word));
  const named = words.slice(0, after < 0 ? words.length : after).filter(isPart);
  const rest = after < 0 ? [] : words.slice(after);
  const byDefault: readonly Part[] = rest.length > 0 ? TEST_PARTS : PARTS;
  const parts = named.length > 0 ? named : byDefault;
  return { parts: PARTS.filter((part) => parts.includes(part)), rest };
};

export interface Outcome {
  readonly part: Part;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly milliseconds: number;
}

/** The parts of jest's JSON report that count. */
export interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

/** A file that could not be run counts as one failure, and so does a jest that failed or left no report. */
export const outcomeOfJest = (
  part: TestPart,
  exitCode: number | null,
  report: JestReport | undefined,
  milliseconds: number,
): Outcome => {
  const passed = report?.numPassedTests ?? 0;
  const failed = (report?.numFailedTests ?? 0) + (report?.numRuntimeErrorTestSuites ?? 0);
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
  const broken = failed === 0 && (exitCode !== 0 || passed === 0);
  return { part, passed, failed: failed + (broken ? 1 : 0), skipped, milliseconds };
};

/** The line that ends the output: a machine reads it. */
export const closingLine = (outcomes: readonly Outcome[]): string => {
  const sum = (pick: (outcome: Outcome) => number): number =>
    outcomes.reduce((total, outcome) => total + pick(outcome), 0);
  return `${sum(({ passed }) => passed)} passed, ${sum(({ failed }) => failed)} failed`;
};
