import { describe, expect, it } from '@jest/globals';
import { closingLine, outcomeOfJest, PARTS, readRequest, type JestReport } from './parts.js';

describe('readRequest', () => {
  it('runs everything when nothing is said', () => {
    expect(readRequest([])).toEqual({ parts: PARTS, rest: [] });
  });
  it('runs a part on a path', () => {
    expect(readRequest(['unit', 'libs/wire'])).toEqual({ parts: ['unit'], rest: ['libs/wire'] });
  });
  it('keeps the order of the parts and the words after them', () => {
    expect(readRequest(['e2e', 'lint', '-t', 'unit'])).toEqual({
      parts: ['lint', 'e2e'],
      rest: ['-t', 'unit'],
    });
  });
  it('runs the tests of a path alone', () => {
    expect(readRequest(['libs/wire']).parts).toEqual(['unit', 'sim', 'integration', 'e2e', 'chaos']);
  });
});

describe('outcomeOfJest', () => {
  const report = (counts: Partial<JestReport>): JestReport => ({
    numPassedTests: 0,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    numRuntimeErrorTestSuites: 0,
    ...counts,
  });
  it('counts tests', () => {
    expect(outcomeOfJest('unit', 0, report({ numPassedTests: 7, numPendingTests: 1 }), 5)).toEqual({
      part: 'unit',
      passed: 7,
      failed: 0,
      skipped: 1,
      milliseconds: 5,
    });
  });
  it('counts files that could not be run', () => {
    expect(
      outcomeOfJest('unit', 1, report({ numPassedTests: 7, numRuntimeErrorTestSuites: 2 }), 5).failed,
    ).toBe(2);
  });
  it.each([
    [0, report({})],
    [1, report({ numPassedTests: 3 })],
    [137, undefined],
  ])('is a failure when jest failed, left no report or ran nothing: %s', (code, given) => {
    expect(outcomeOfJest('e2e', code, given, 5).failed).toBe(1);
  });
});

describe('closingLine', () => {
  it('sums up in the form that machines read', () => {
    const outcome = { part: 'unit', skipped: 0, milliseconds: 1 } as const;
    expect(
      closingLine([
        { ...outcome, passed: 1, failed: 0 },
        { ...outcome, passed: 40, failed: 2 },
      ]),
    ).toBe('41 passed, 2 failed');
  });
});
