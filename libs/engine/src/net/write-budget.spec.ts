import { describe, expect, it } from '@jest/globals';
import { WriteBudget } from './write-budget.js';

describe('WriteBudget', () => {
  const setUp = () => {
    const budget = new WriteBudget(100);
    const log: string[] = [];
    const reader = (name: string) => ({
      hold: () => log.push(`${name} holds`),
      release: () => log.push(`${name} reads`),
    });
    return { budget, log, reader };
  };

  it('stops all reading past its cap and starts it again at half of it', () => {
    const { budget, log, reader } = setUp();
    budget.join(reader('a'));
    budget.join(reader('b'));
    budget.add(100);
    expect(log).toEqual([]);
    budget.add(1);
    budget.add(50);
    expect(log).toEqual(['a holds', 'b holds']);
    budget.written(100);
    expect(log).toHaveLength(2);
    budget.written(1);
    expect(log.slice(2)).toEqual(['a reads', 'b reads']);
  });

  it('holds who joins while it is full, and forgets who left', () => {
    const { budget, log, reader } = setUp();
    const gone = reader('gone');
    budget.join(gone);
    budget.leave(gone);
    budget.add(200);
    budget.join(reader('late'));
    expect(log).toEqual(['late holds']);
    budget.written(200);
    expect(log).toEqual(['late holds', 'late reads']);
  });
});
