import { describe, expect, it } from '@jest/globals';
import { ERROR_CODES, ShoalError } from '#core';
import { exitCodeFor, failedEvent, renderError } from './errors.js';
import { EXIT, EXIT_HELP, exitCodeOf } from './exit-codes.js';
import { plainStyle } from './style.js';

describe('exit codes', () => {
  it('exist for every error code, and every one is documented', () => {
    const documented = EXIT_HELP.map(([code]) => code as number);
    for (const code of ERROR_CODES) expect(documented).toContain(exitCodeOf(code));
    expect(documented).toEqual(Object.values(EXIT));
  });

  it.each([
    ['internal', 1],
    ['bad-config', 2],
    ['not-found', 3],
    ['no-anchor', 4],
    ['broker-away', 4],
    ['timeout', 5],
    ['no-holder', 5],
    ['target-exists', 6],
    ['disk-full', 6],
  ] as const)('%s ends with %i', (code, exit) => {
    expect(exitCodeFor(new ShoalError(code, 'x'), false)).toBe(exit);
  });

  it('is 130 after an interrupt, whatever failed then', () => {
    expect(exitCodeFor(new ShoalError('broker-away', 'x'), true)).toBe(130);
  });
});

describe('renderError', () => {
  it('shows the hint of the error before the general one', () => {
    expect(renderError(new ShoalError('no-anchor', 'none'), plainStyle)).toMatch(
      /^error: none\nhint: .*ANCHORS/,
    );
    expect(renderError(new ShoalError('no-anchor', 'none', { hint: 'Do this.' }), plainStyle)).toBe(
      'error: none\nhint: Do this.',
    );
  });

  it('is one line without a hint, also for a foreign error', () => {
    expect(renderError(new TypeError('oops'), plainStyle)).toBe('error: oops');
  });

  it('shows control characters of a remote message instead of obeying them', () => {
    expect(renderError(new ShoalError('internal', 'a\u001b[31m\nb'), plainStyle)).toBe(
      'error: a\\u{1b}[31m\\u{a}b',
    );
  });

  it('travels as an event in JSON', () => {
    expect(failedEvent(new ShoalError('timeout', 'late', { hint: 'wait' }))).toEqual({
      event: 'failed',
      error: { code: 'timeout', message: 'late', retry: 'permanent', hint: 'wait' },
    });
  });
});
