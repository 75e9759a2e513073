import { describe, expect, it } from '@jest/globals';
import { PriorityTurns, type PriorityLanes } from './priority-turns.js';

const lanes = (counts: Readonly<Record<number, readonly [active: number, ready: number]>>) =>
  new Map<number, PriorityLanes>(
    Object.entries(counts).map(([priority, [active, ready]]) => [Number(priority), { active, ready }]),
  );
const always = (): boolean => true;
const never = (): boolean => false;
const unasked = (): boolean => {
  throw new Error('it does not matter here');
};

describe('PriorityTurns', () => {
  it('gives a turn to who is ready, the highest first', () => {
    expect(new PriorityTurns().next(lanes({ 0: [1, 1], 5: [1, 1], 9: [1, 1] }), unasked)).toBe(9);
    expect(new PriorityTurns().next(lanes({ 5: [1, 0] }), unasked)).toBeUndefined();
  });

  it('holds a lower one back while a higher one has all under way, until its turn has come', () => {
    const turns = new PriorityTurns();
    const underWay = lanes({ 5: [1, 1], 9: [1, 0] });
    turns.took(5, 1_000, underWay);
    const given: (number | undefined)[] = [];
    for (let piece = 0; piece < 6; piece++) {
      given.push(turns.next(underWay, always));
      turns.took(9, 1_000, underWay);
    }
    // Four pieces of the higher one to one; of equals the higher one is first.
    expect(given).toEqual([undefined, undefined, undefined, undefined, undefined, 5]);
  });

  it('lets it go on where holding is not allowed', () => {
    const turns = new PriorityTurns();
    const underWay = lanes({ 5: [1, 1], 9: [1, 0] });
    turns.took(5, 1_000, underWay);
    expect(turns.next(underWay, never)).toBe(5);
  });

  it('never holds a higher one back for a lower one', () => {
    const turns = new PriorityTurns();
    const underWay = lanes({ 0: [1, 1], 5: [1, 0], 9: [1, 1] });
    for (let piece = 0; piece < 9; piece++) turns.took(9, 1_000, underWay);
    turns.took(0, 1_000, underWay);
    expect(turns.next(underWay, always)).toBe(9);
  });
});
