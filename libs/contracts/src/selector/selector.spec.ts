import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatTarget, parseTarget, selects, type Selector } from '../index.js';

const edge = { peerId: 'a'.repeat(40), name: 'host7', labels: { role: 'edge', rack: 'a' } };
const core = { peerId: 'b'.repeat(40), name: 'host8', labels: { role: 'core' } };

describe('a target', () => {
  it.each([
    ['all', [true, true]],
    ['host7', [true, false]],
    ['peer:host8', [false, true]],
    [core.peerId, [false, true]],
    ['role=edge', [true, false]],
    ['role!=edge', [false, true]],
    ['rack=*', [true, false]],
    ['not rack=*', [false, true]],
    ['role=edge and not rack=b', [true, false]],
    ['role=edge and rack=b or host8', [false, true]],
    ['role=edge and (rack=b or host8)', [false, false]],
    ['NOT (role=edge OR role=core)', [false, false]],
    ['not not role=edge', [true, false]],
    ['constructor=*', [false, false]],
  ])('%s', (text, expected) => {
    const { of } = parseTarget(text);
    expect([edge, core].map((peer) => selects(of, peer))).toEqual(expected);
  });

  it('may be a number or a share of peers', () => {
    expect(parseTarget('10 of role=edge')).toEqual({ of: { label: 'role', value: 'edge' }, count: 10 });
    expect(parseTarget('12.5% of all')).toEqual({ of: { all: true }, percent: 12.5 });
    expect(parseTarget({ of: { all: true }, percent: 1 })).toEqual({ of: { all: true }, percent: 1 });
    expect(parseTarget({ peer: 'host7' })).toEqual({ of: { peer: 'host7' } });
  });

  it.each([
    ['', 'at its end'],
    ['role=', 'at "role="'],
    ['role=edge and', 'at its end'],
    ['role=edge host7', 'at "host7"'],
    ['(role=edge', '")" is expected'],
    ['role=edge)', 'at ")"'],
    ['and', 'at "and"'],
    ['Role=edge', 'at "Role=edge"'],
    ['host/7', 'at "host/7"'],
    ['0 of all', 'no number of peers'],
    ['101% of all', 'no number of peers'],
    ['1.5 of all', 'no number of peers'],
    ['x'.repeat(1_001), 'more than 1000 characters'],
    [`${'('.repeat(20)}all${')'.repeat(20)}`, 'too many levels'],
    [Array.from({ length: 65 }, () => 'a=b').join(' or '), 'terms'],
    [{ nobody: 1 }, 'not valid'],
    [{ and: [] }, 'not valid'],
    [{ of: { all: true }, count: 1, percent: 2 }, 'not valid'],
  ])('%j is none', (target, message) => {
    expect(() => parseTarget(target)).toThrow(message);
  });

  it('is not walked down when it is too deep', () => {
    let selector: object = { all: true };
    for (let level = 0; level < 20_000; level++) selector = { not: selector };
    expect(() => parseTarget(selector)).toThrow('too many levels');
  });

  it('is read back as it was, from text and from JSON', () => {
    const term: fc.Arbitrary<Selector> = fc.oneof(
      fc.constant({ all: true } as const),
      fc.constantFrom('host7', 'and', 'c'.repeat(40)).map((peer) => ({ peer })),
      fc.constantFrom({ label: 'role', value: 'edge' }, { label: 'rack' }),
    );
    const { selector } = fc.letrec<{ selector: Selector }>((tie) => ({
      selector: fc.oneof(
        { maxDepth: 3 },
        term,
        fc.array(tie('selector'), { minLength: 2, maxLength: 3 }).map((and) => ({ and })),
        fc.array(tie('selector'), { minLength: 2, maxLength: 3 }).map((or) => ({ or })),
        tie('selector').map((not) => ({ not })),
      ),
    }));
    fc.assert(
      fc.property(selector, (of) => {
        expect(parseTarget(formatTarget({ of }))).toEqual({ of });
        expect(parseTarget(of)).toEqual({ of });
        expect(parseTarget(formatTarget({ of, percent: 50 }))).toEqual({ of, percent: 50 });
      }),
      { numRuns: 200 },
    );
  });
});
