import { describe, expect, it } from '@jest/globals';
import { interleave, type Turns } from './interleave.js';
import type { Case, Contender } from './port.js';

const turns = (more: Partial<Turns> = {}): Turns => ({
  runs: 2,
  roundsMax: 4,
  settle: () => Promise.resolve(),
  stopped: new AbortController().signal,
  say: () => undefined,
  ...more,
});

const caseOf = (contenders: readonly Contender[]): Case => ({
  name: 'c',
  title: 'a case',
  metrics: [],
  headline: 's',
  contenders,
});

describe('interleave', () => {
  const log: string[] = [];
  const contender = (name: string, run: (turn: number) => number = () => 0): Contender => ({
    name,
    missing: () => undefined,
    prepare: async () => void log.push(`${name} ready`),
    run: async (turn) => {
      log.push(`${name}${turn}`);
      return { figures: { s: turn }, foreign: run(turn) };
    },
    close: async () => void log.push(`${name} closed`),
  });

  it('takes turns', async () => {
    log.length = 0;
    await interleave(caseOf([contender('a'), contender('b')]), turns());
    expect(log).toEqual(['a ready', 'b ready', 'a0', 'b0', 'a1', 'b1', 'a closed', 'b closed']);
  });

  it('makes disturbed runs again, but not for ever', async () => {
    const [a, b] = await interleave(
      caseOf([contender('a', (turn) => (turn === 0 ? 0.5 : 0)), contender('b', () => 0.5)]),
      turns(),
    );
    expect(a?.runs.map(({ foreign }) => foreign)).toEqual([0.5, 0, 0]);
    expect(b?.runs).toHaveLength(4);
  });

  it('goes on without one that fails, and closes it', async () => {
    log.length = 0;
    const broken = contender('a', () => {
      throw new Error('it broke');
    });
    const [a, b] = await interleave(caseOf([broken, contender('b')]), turns());
    expect(a).toEqual({ tool: 'a', runs: [], failure: expect.stringContaining('it broke') });
    expect(b?.runs).toHaveLength(2);
    expect(log.filter((line) => line === 'a0')).toHaveLength(1);
    expect(log).toContain('a closed');
  });

  it('ends after the run in hand when it is stopped', async () => {
    const controller = new AbortController();
    const stopping = contender('a', () => {
      controller.abort();
      return 0;
    });
    const [a, b] = await interleave(
      caseOf([stopping, contender('b')]),
      turns({ stopped: controller.signal }),
    );
    expect([a?.runs.length, b?.runs.length]).toEqual([1, 0]);
  });
});
