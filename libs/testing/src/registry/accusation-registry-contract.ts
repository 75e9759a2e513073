import { expect, it } from '@jest/globals';
import type { PeerId } from '#core';
import type { Registries } from '#registry';
import { peerIdFor } from './builders.js';

const RULE = { accusers: 3, windowMs: 600_000, shunnedMs: 300_000 };
const NOW = 1_900_000_000_000;
const LIAR = peerIdFor('liar');

/** What every AccusationRegistry does. `make` gives an empty one each time. */
export const accusationRegistryContract = (make: () => Registries): void => {
  const accuser = ({ accusations }: Registries, peerId: PeerId = LIAR) => {
    return (by: string, now = NOW) => accusations.accuse(peerId, peerIdFor(by), now, RULE);
  };

  it('shuns a peer when enough different ones accuse it, and names them', async () => {
    const registries = make();
    const accuse = accuser(registries);
    expect([await accuse('a'), await accuse('a'), await accuse('a'), await accuse('b')]).toEqual(
      Array.from({ length: 4 }, () => undefined),
    );
    expect(await registries.accusations.isShunned(LIAR, NOW)).toBe(false);
    expect([...((await accuse('c')) ?? [])].sort()).toEqual(['a', 'b', 'c'].map(peerIdFor).sort());
    expect(await registries.accusations.isShunned(LIAR, NOW)).toBe(true);
    expect(await registries.accusations.isShunned(peerIdFor('a'), NOW)).toBe(false);
  });

  it('forgets an accusation that is older than the window', async () => {
    const accuse = accuser(make());
    await accuse('a');
    await accuse('b', NOW + 1);
    expect(await accuse('c', NOW + RULE.windowMs + 1)).toBeUndefined();
    expect(await accuse('d', NOW + RULE.windowMs + 1)).toHaveLength(3);
  });

  it('counts an accuser from its newest accusation on', async () => {
    const accuse = accuser(make());
    await accuse('a');
    await accuse('b');
    await accuse('a', NOW + RULE.windowMs);
    expect(await accuse('c', NOW + RULE.windowMs + 1)).toBeUndefined();
  });

  it('counts anew when the peer has been shunned for long enough', async () => {
    const registries = make();
    const accuse = accuser(registries);
    for (const by of ['a', 'b', 'c']) await accuse(by);
    expect(await accuse('d')).toBeUndefined();
    const later = NOW + RULE.shunnedMs;
    expect(await registries.accusations.isShunned(LIAR, later)).toBe(false);
    expect([await accuse('a', later), await accuse('b', later)]).toEqual([undefined, undefined]);
    expect(await accuse('c', later)).toHaveLength(3);
  });

  it('counts each peer by itself', async () => {
    const registries = make();
    await accuser(registries)('a');
    await accuser(registries)('b');
    expect(await accuser(registries, peerIdFor('other'))('c')).toBeUndefined();
  });

  it('tells one caller only that it was enough', async () => {
    const accuse = accuser(make());
    const outcomes = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((by) => accuse(by)));
    expect(outcomes.filter((outcome) => outcome !== undefined)).toHaveLength(1);
  });
};
