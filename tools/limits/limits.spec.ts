import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { BROKER_LIMITS } from '#platform/broker';
import { MESSAGE_LIMITS } from '#contracts';
import { WIRE_LIMITS } from '#wire';
import { PROJECT_ROOT } from '../run/project.js';
import { LIMITS_PAGE, limitsPage, sectionLimits } from './page.js';
import { limitsIn } from './read-limits.js';
import { LIMIT_SECTIONS } from './sources.js';

describe('the page of limits', () => {
  it('is what the constants say (else run `npm run limits`)', () => {
    expect(readFileSync(join(PROJECT_ROOT, LIMITS_PAGE), 'utf8')).toBe(limitsPage(PROJECT_ROOT));
  });

  it('gives a reason for every limit, or leaves it to the one before', () => {
    for (const section of LIMIT_SECTIONS) {
      const [first] = sectionLimits(section, PROJECT_ROOT);
      expect(first?.why).not.toBe('');
    }
  });

  it.each([
    ['libs/contracts/src/limits.ts', MESSAGE_LIMITS],
    ['libs/wire/src/limits.ts', WIRE_LIMITS],
  ])('reads the numbers that %s has when it runs', (file, constants) => {
    const read = sectionLimits({ title: '', about: '', file }, PROJECT_ROOT);
    const numbers = new Map(read.map(({ name, value }) => [name, value]));
    for (const [name, value] of Object.entries(constants))
      expect([name, numbers.get(name)]).toEqual([name, value]);
  });

  it('reads all of the broker adapter but what is a limit of messages', () => {
    const file = 'libs/platform/src/broker/broker-limits.ts';
    const names = sectionLimits({ title: '', about: '', file }, PROJECT_ROOT).map(({ name }) => name);
    expect(names).toEqual(Object.keys(BROKER_LIMITS).filter((name) => name !== 'bodyBytes'));
  });
});

describe('reading constants', () => {
  it('knows comments of one line and of several, sums, products and constants before', () => {
    const source = `
      /** Bytes of it. */
      export const LENGTH_BYTES = 2 * KIB;
      // Not a number.
      const NAME = 'x';
      /**
       * Two lines
       * of reason.
       */
      export const CAPS = {
        /** Twice. */
        twice: LENGTH_BYTES * 2 + 1,
        next: (1_000 - 1),
        text: 'no',
      } as const;`;
    expect(limitsIn(source)).toEqual([
      { name: 'LENGTH_BYTES', value: 2_048, why: 'Bytes of it.' },
      { name: 'twice', value: 4_097, why: 'Twice.' },
      { name: 'next', value: 999, why: '' },
    ]);
  });
});
