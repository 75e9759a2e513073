import { describe, expect, it } from '@jest/globals';
import type { Entry } from '../frame/interleave.js';
import type { Case } from '../frame/port.js';
import { ratioTo, reportOf, type CaseReport } from './case-report.js';
import { cellsOf } from './cells.js';
import { withBench } from './document.js';
import { linesOf } from './json-lines.js';
import { plotOf } from './svg.js';

const flow: Case = {
  name: 'plain',
  title: 'one file',
  metrics: [
    { name: 'cpu_s', unit: 's', title: 'CPU', better: 'less' },
    { name: 'gib_per_s', unit: 'GiB/s', title: 'rate', better: 'more' },
  ],
  headline: 'gib_per_s',
  contenders: [],
};
const entry = (tool: string, rates: readonly number[], foreign = 0): Entry => ({
  tool,
  runs: rates.map((rate) => ({ figures: { gib_per_s: rate, cpu_s: 2 * rate }, foreign })),
});
const report = (entries: readonly Entry[]): CaseReport =>
  reportOf('flow', flow, entries, ['x is missing: no reason'], ['a fact']);

describe('a report', () => {
  const full = report([entry('aria2', [0.25, 0.2, 0.3]), entry('shoal', [1, 0.9, 1.2], 0.5)]);

  it('ranks by the headline, whichever way is better', () => {
    expect(full.rows.map(({ tool }) => tool)).toEqual(['shoal', 'aria2']);
    const less = reportOf('flow', { ...flow, headline: 'cpu_s' }, [entry('a', [2]), entry('b', [1])], [], []);
    expect(less.rows.map(({ tool }) => tool)).toEqual(['b', 'a']);
  });

  it('says how many times better the system is', () => {
    expect(full.rows.map((row) => ratioTo(full, row))).toEqual([1, 4]);
    const less = { ...full, headline: 'cpu_s' };
    expect(less.rows.map((row) => ratioTo(less, row))).toEqual([1, 0.25]);
  });

  it('is one object a figure for machines', () => {
    expect(linesOf(full)).toHaveLength(4);
    expect(linesOf(full)[1]).toEqual({
      bench: 'flow',
      case: 'plain',
      tool: 'shoal',
      metric: 'gib_per_s',
      unit: 'GiB/s',
      median: 1,
      min: 0.9,
      max: 1.2,
      runs: 3,
    });
  });

  it('has the ratio first, then the headline, and marks disturbed runs', () => {
    expect(cellsOf(full)).toEqual({
      head: ['tool', 'shoal is better by', 'rate, GiB/s', 'CPU, s', 'runs'],
      rows: [
        ['shoal', '1.00x', '1.00 (0.90-1.20)', '2.00 (1.80-2.40)', '3, all disturbed'],
        ['aria2', '4.00x', '0.25 (0.20-0.30)', '0.50 (0.40-0.60)', '3'],
      ],
    });
  });

  it('shows a tool that failed, last', () => {
    const failed = report([{ tool: 'slow', runs: [], failure: 'took too long' }, entry('shoal', [1])]);
    expect(cellsOf(failed).rows[1]).toEqual(['slow', '-', '-', '-', '0, then: took too long']);
    expect(plotOf(failed)).toContain('failed');
  });

  it('is drawn with bars as long as the figures', () => {
    const widths = [...plotOf(full).matchAll(/<rect x="170"[^>]* width="([\d.]+)"/g)].map(([, px]) =>
      Number(px),
    );
    expect(widths[0]).toBeCloseTo(4 * (widths[1] as number), 0);
  });
});

describe('withBench', () => {
  const kept = (name: string) => ({
    report: { ...report([entry('shoal', [1])]), name },
    machine: 'two cores',
    command: 'npm run bench -- flow',
    at: '2026-01-02T03:04:05.000Z',
  });

  it('adds a bench at the end, then replaces only what stands between its markers', () => {
    const first = withBench('# Benchmarks\n\nIntroduction.\n', 'flow', [kept('plain')]);
    expect(first).toContain('Introduction.');
    expect(first).toContain('| shoal | 1.00 | 2.00 | 1 |');
    expect(first).toContain('bench/flow-plain.svg');
    expect(first).toContain('2026-01-02 03:04 UTC. two cores');
    const second = withBench(`${first}\nThe end.\n`, 'flow', [kept('durable')]);
    expect(second).toContain('flow-durable.svg');
    expect(second).not.toContain('flow-plain.svg');
    expect(second).toContain('The end.');
    expect(withBench(second, 'flow', [kept('durable')])).toBe(second);
  });
});
