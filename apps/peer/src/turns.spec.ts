import { describe, expect, it } from '@jest/globals';
import type { FileId } from '#core';
import { Turns, type TurnWish } from './turns.js';

const file = (digit: string): FileId => digit.repeat(64) as FileId;
const wish = (changes: Partial<TurnWish> = {}): TurnWish => ({
  ...{ fileId: file('a'), target: '/srv/song', signal: new AbortController().signal, patient: true },
  ...changes,
});
const isOver = async (wait: Promise<void> | undefined): Promise<boolean> =>
  Promise.race([
    Promise.resolve(wait).then(() => true),
    new Promise<boolean>((r) => setImmediate(() => r(false))),
  ]);

describe('Turns', () => {
  it('lets one download of a file run at a time', async () => {
    const turns = new Turns();
    const first = turns.take(wish());
    const second = turns.take(wish({ target: '/srv/other' }));
    expect([first.others, await isOver(second.others)]).toEqual([undefined, false]);
    first.end();
    expect(await isOver(second.others)).toBe(true);
    second.end();
    await new Promise((resolve) => setImmediate(resolve));
    expect(turns.isTaken(file('a'))).toBe(false);
  });

  it('makes who is patient wait for another file to the same target: the version before it', async () => {
    const turns = new Turns();
    const first = turns.take(wish());
    const second = turns.take(wish({ fileId: file('b') }));
    const third = turns.take(wish({ fileId: file('c') }));
    expect([await isOver(second.others), await isOver(third.others)]).toEqual([false, false]);
    first.end();
    expect([await isOver(second.others), await isOver(third.others)]).toEqual([true, false]);
    second.end();
    expect(await isOver(third.others)).toBe(true);
  });

  it('refuses who is not patient, unless the other one is about to end', async () => {
    const turns = new Turns();
    const stop = new AbortController();
    const first = turns.take(wish({ signal: stop.signal }));
    const hasty = wish({ fileId: file('b'), patient: false });
    expect(() => turns.take(hasty)).toThrow(/already/);
    stop.abort();
    const second = turns.take(hasty);
    expect(await isOver(second.others)).toBe(false);
    first.end();
    expect(await isOver(second.others)).toBe(true);
  });
});
