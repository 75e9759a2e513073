import { beforeEach, describe, expect, it } from '@jest/globals';
import { MIB } from '#core';
import { QuickTurns } from './quick-turns.js';

describe('QuickTurns', () => {
  let now: number;
  let turns: QuickTurns;
  let endTurn: () => void;
  beforeEach(() => {
    now = 0;
    endTurn = () => undefined;
    turns = new QuickTurns(
      () => now,
      (ended) => (endTurn = ended),
    );
  });
  /** One operation that takes so long if it is quick. */
  const run = (milliseconds = 0, bytes = 1): Promise<string> =>
    turns.run(
      bytes,
      () => {
        now += milliseconds;
        return 'quick';
      },
      async () => 'long',
    );
  const wait = (milliseconds: number): void => {
    now += milliseconds;
    endTurn();
  };

  it('are taken for what is small, and never for what is large', async () => {
    expect(await run(0, MIB)).toBe('quick');
    expect(await run(0, MIB + 1)).toBe('long');
  });

  it('go on while they take little of the time, one slow one included', async () => {
    for (let round = 0; round < 100; round++) {
      expect(await run(40)).toBe('quick');
      wait(60);
    }
  });

  it('pause when they take most of the time, longer each time', async () => {
    await run(130);
    wait(0);
    expect(await run()).toBe('long');
    wait(1_000);
    for (let read = 0; read < 15; read++) {
      expect(await run(9)).toBe(read < 14 ? 'quick' : 'long');
      wait(0);
    }
    wait(1_999);
    expect(await run()).toBe('long');
    wait(1);
    expect(await run()).toBe('quick');
  });

  it('never pause for much more than a minute', async () => {
    for (let slow = 0; slow < 20; slow++) {
      expect(await run(1_000)).toBe('quick');
      wait(64_000);
    }
  });

  it('forget a slow disk after some good seconds', async () => {
    await run(130);
    wait(1_000);
    for (let window = 0; window < 41; window++) {
      await run(1);
      wait(250);
    }
    await run(130);
    wait(1_000);
    expect(await run()).toBe('quick');
  });

  it.each([
    ['many bytes', MIB, 32],
    ['many small operations', 1, 2_048],
  ])('end a turn of the event loop that has %s', async (_what, bytes, quick) => {
    for (let turn = 0; turn < 2; turn++) {
      for (let slice = 0; slice < quick; slice++) expect(await run(0, bytes)).toBe('quick');
      expect(await run(0, bytes)).toBe('long');
      expect(await run(0, bytes)).toBe('long');
      wait(0);
    }
  });

  it('hand errors on as rejections', async () => {
    const fails = (): never => {
      throw new Error('EIO');
    };
    await expect(turns.run(1, fails, async () => 1)).rejects.toThrow('EIO');
  });
});
