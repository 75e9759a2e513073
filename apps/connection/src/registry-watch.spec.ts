import { beforeEach, describe, expect, it } from '@jest/globals';
import type { RegistryLife } from '#registry';
import { RegistryWatch, spreadMs } from './registry-watch.js';

describe('RegistryWatch', () => {
  let life: RegistryLife;
  let told: unknown[];
  let fails: boolean;
  let peers: number;
  const watch = (): RegistryWatch =>
    new RegistryWatch(
      { current: async () => life },
      { count: async () => peers },
      {
        fact: async (_name, _subject, body) => {
          if (fails) throw new Error('the broker is away');
          told.push(body);
        },
      },
      {
        clock: { now: () => 1_000_000 },
        timers: { after: () => () => undefined },
        random: () => 0.5,
        log: { info: () => undefined, warn: () => undefined },
      },
    );

  beforeEach(() => {
    life = { id: 'first', began: 1 };
    told = [];
    fails = false;
    peers = 1_000;
  });

  it('says nothing of a registry that it finds old, or that stays', async () => {
    const watching = watch();
    await watching.look();
    await watching.look();
    expect(told).toEqual([]);
  });

  it('has all join again when it is another, spread by how many there were', async () => {
    const watching = watch();
    await watching.look();
    life = { id: 'second', began: 999_999 };
    peers = 0;
    await watching.look();
    await watching.look();
    expect(told).toEqual([{ registry: 'second', withinMs: 5_000 }]);
  });

  it('tells it until it could be told', async () => {
    const watching = watch();
    await watching.look();
    life = { id: 'second', began: 999_999 };
    fails = true;
    await expect(watching.look()).rejects.toThrow();
    fails = false;
    await watching.look();
    expect(told).toHaveLength(1);
  });

  it('takes a young one for emptied while it was away', async () => {
    life = { id: 'young', began: 990_000 };
    await watch().look();
    expect(told).toEqual([{ registry: 'young', withinMs: 500 }]);
  });

  it('never takes longer than a minute', () => {
    expect([spreadMs(0), spreadMs(2_000), spreadMs(1_000_000)]).toEqual([500, 10_000, 60_000]);
  });
});
