import { describe, expect, it } from '@jest/globals';
import type { PeerId } from '#core';
import type { LeaseFacts, PeerRecord, Registries } from '#registry';
import { peerIdFor, peerRecord } from './builders.js';

const NOBODY: ReadonlySet<PeerId> = new Set();
const namesOf = (peers: readonly PeerRecord[]): string[] => peers.map(({ name }) => name).sort();

const up = (sequence: number): LeaseFacts => ({ sequence, serving: true });
const down = (sequence: number): LeaseFacts => ({ sequence, serving: false });

/** What every PeerRegistry does. `make` gives an empty one each time. */
export const peerRegistryContract = (make: () => Registries): void => {
  describe('joining', () => {
    it('keeps the record as it was given', async () => {
      const { peers } = make();
      const ada = peerRecord('ada', { labels: { rack: 'b', role: 'edge' }, reachable: false });
      expect(await peers.join(ada)).toEqual({ kind: 'joined' });
      expect(await peers.find([ada.peerId])).toEqual([ada]);
      expect(await peers.count()).toBe(1);
    });

    it('takes the newest address when the same incarnation joins again, and calls it repeated', async () => {
      const { peers } = make();
      const ada = peerRecord('ada', { joinedAt: 1_000, leaseAt: 1_000 });
      await peers.join(ada);
      await peers.setReachable(ada.peerId, ada.incarnation, false);
      const moved = { ...ada, address: { host: '10.0.0.9', port: 9 }, joinedAt: 2_000, leaseAt: 2_000 };
      expect(await peers.join(moved)).toEqual({ kind: 'repeated' });
      expect(await peers.find([ada.peerId])).toEqual([{ ...moved, joinedAt: 1_000 }]);
      expect(await peers.sampleLive(5, new Set())).toHaveLength(1);
      expect(await peers.lapsed(1_500, 5)).toEqual([]);
    });

    it('lets a newer incarnation take the place of an older one, never the other way round', async () => {
      const { peers } = make();
      const before = peerRecord('ada', { incarnation: 5 });
      const after = peerRecord('ada', { incarnation: 6, address: { host: '10.0.0.9', port: 9 } });
      await peers.join(before);
      expect(await peers.join(after)).toEqual({ kind: 'replaced', before });
      expect(await peers.join(before)).toEqual({ kind: 'stale', newest: 6 });
      expect(await peers.find([after.peerId])).toEqual([after]);
      expect(await peers.count()).toBe(1);
    });
  });

  describe('leaving', () => {
    it('takes the peer out of everything', async () => {
      const { peers } = make();
      const ada = peerRecord('ada');
      await peers.join(ada);
      expect(await peers.leave(ada.peerId, ada.incarnation)).toBe(true);
      expect(await peers.leave(ada.peerId, ada.incarnation)).toBe(false);
      expect(await peers.find([ada.peerId])).toEqual([]);
      expect(await peers.findByName(['ada'])).toEqual([]);
      expect(await peers.list(undefined, 10)).toEqual([]);
      expect(await peers.sampleLive(10, NOBODY)).toEqual([]);
      expect(await peers.lapsed(Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
      expect(await peers.count()).toBe(0);
    });

    it('is only about the incarnation that it names', async () => {
      const { peers } = make();
      const ada = peerRecord('ada', { incarnation: 6 });
      await peers.join(ada);
      expect(await peers.leave(ada.peerId, 5)).toBe(false);
      expect(await peers.leave(ada.peerId, 7)).toBe(false);
      expect(await peers.leave(peerIdFor('nobody'), 6)).toBe(false);
      expect(await peers.count()).toBe(1);
    });

    it('is not undone by an older join that comes late; the same incarnation may come again', async () => {
      const { peers } = make();
      const ada = peerRecord('ada', { incarnation: 6 });
      await peers.join(ada);
      await peers.leave(ada.peerId, 6);
      expect(await peers.join({ ...ada, incarnation: 5 })).toEqual({ kind: 'stale', newest: 6 });
      expect(await peers.count()).toBe(0);
      expect(await peers.join(ada)).toEqual({ kind: 'joined' });
    });
  });

  describe('presence', () => {
    it('hands out only peers that are reachable and serving', async () => {
      const { peers } = make();
      const ada = peerRecord('ada');
      await peers.join(ada);
      await peers.join(peerRecord('bob', { reachable: false }));
      await peers.join(peerRecord('cleo', { serving: false }));
      expect(namesOf(await peers.sampleLive(10, NOBODY))).toEqual(['ada']);
      expect(await peers.setReachable(peerIdFor('bob'), 1_000, true)).toBe(true);
      expect(
        await peers.renew(peerIdFor('cleo'), 1_000, 2_000, {
          sequence: 1,
          serving: true,
          storage: { max: 9, free: 4 },
        }),
      ).toBe('renewed');
      expect(await peers.renew(peerIdFor('cleo'), 1_000, 2_000)).toBe('renewed');
      expect((await peers.find([peerIdFor('cleo')]))[0]?.storage).toEqual({ max: 9, free: 4 });
      expect(await peers.setReachable(ada.peerId, 1_000, false)).toBe(true);
      expect(namesOf(await peers.sampleLive(10, NOBODY))).toEqual(['bob', 'cleo']);
      expect(await peers.renew(peerIdFor('bob'), 1_000, 2_000, { sequence: 1, serving: false })).toBe(
        'renewed',
      );
      expect(namesOf(await peers.sampleLive(10, NOBODY))).toEqual(['cleo']);
      expect(await peers.count()).toBe(3);
    });

    it('ignores what is about another incarnation', async () => {
      const { peers } = make();
      const ada = peerRecord('ada', { incarnation: 6 });
      await peers.join(ada);
      expect(await peers.renew(ada.peerId, 5, 9_000, down(1))).toBe('stale');
      expect(await peers.renew(ada.peerId, 7, 9_000, down(1))).toBe('unknown');
      expect(await peers.renew(peerIdFor('nobody'), 6, 9_000, up(1))).toBe('unknown');
      expect(await peers.setReachable(ada.peerId, 5, false)).toBe(false);
      expect(await peers.setReachable(peerIdFor('nobody'), 5, false)).toBe(false);
      expect(await peers.find([ada.peerId])).toEqual([ada]);
    });

    it('ignores a lease that a newer one overtook, and counts anew with each incarnation', async () => {
      const { peers } = make();
      const ada = peerRecord('ada');
      await peers.join(ada);
      expect(await peers.renew(ada.peerId, 1_000, 2_000, up(2))).toBe('renewed');
      expect(await peers.renew(ada.peerId, 1_000, 2_001, down(1))).toBe('overtaken');
      expect(namesOf(await peers.sampleLive(10, NOBODY))).toEqual(['ada']);
      expect(await peers.renew(ada.peerId, 1_000, 2_002, up(2))).toBe('renewed');
      expect(await peers.renew(ada.peerId, 1_000, 2_003, down(3))).toBe('renewed');
      expect(await peers.renew(ada.peerId, 1_000, 2_004)).toBe('renewed');
      expect((await peers.find([ada.peerId]))[0]).toMatchObject({ serving: false, leaseAt: 2_004 });
      await peers.join({ ...ada, incarnation: 1_001 });
      expect(await peers.renew(ada.peerId, 1_001, 2_005, down(1))).toBe('renewed');
    });

    it('lists leases that were not renewed, oldest first', async () => {
      const { peers } = make();
      for (const [name, leaseAt] of [
        ['ada', 300],
        ['bob', 100],
        ['cleo', 200],
      ] as const) {
        await peers.join(peerRecord(name, { leaseAt }));
      }
      expect((await peers.lapsed(300, 10)).map(({ name }) => name)).toEqual(['bob', 'cleo']);
      expect((await peers.lapsed(1_000, 1)).map(({ name }) => name)).toEqual(['bob']);
      await peers.renew(peerIdFor('bob'), 1_000, 900);
      expect((await peers.lapsed(301, 10)).map(({ name }) => name)).toEqual(['cleo', 'ada']);
    });
  });

  describe('finding', () => {
    it('keeps the order of the question and leaves out who is not here', async () => {
      const { peers } = make();
      await peers.join(peerRecord('ada'));
      await peers.join(peerRecord('bob'));
      const asked = ['bob', 'nobody', 'ada'];
      expect((await peers.find(asked.map(peerIdFor))).map(({ name }) => name)).toEqual(['bob', 'ada']);
      expect((await peers.findByName(asked)).map(({ name }) => name)).toEqual(['bob', 'ada']);
      expect(await peers.find([])).toEqual([]);
      expect(await peers.findByName([])).toEqual([]);
    });

    it('finds the newest of several peers under one name, and the next when that leaves', async () => {
      const { peers } = make();
      const first = peerRecord('host7', { peerId: peerIdFor('a'), joinedAt: 100 });
      const second = peerRecord('host7', { peerId: peerIdFor('b'), joinedAt: 200 });
      await peers.join(second);
      await peers.join(first);
      expect(await peers.findByName(['host7'])).toEqual([second]);
      await peers.leave(second.peerId, second.incarnation);
      expect(await peers.findByName(['host7'])).toEqual([first]);
    });

    it('forgets the name that a peer had before', async () => {
      const { peers } = make();
      const ada = peerRecord('ada');
      await peers.join(ada);
      await peers.join({ ...ada, incarnation: 2_000, name: 'ada2' });
      expect(await peers.findByName(['ada'])).toEqual([]);
      expect(namesOf(await peers.findByName(['ada2']))).toEqual(['ada2']);
    });

    it('pages through all peers by id', async () => {
      const { peers } = make();
      for (let number = 0; number < 7; number++) await peers.join(peerRecord(`peer${number}`));
      const seen: PeerId[] = [];
      for (let after: PeerId | undefined; ; after = seen.at(-1)) {
        const page = await peers.list(after, 3);
        if (page.length === 0) break;
        seen.push(...page.map(({ peerId }) => peerId));
      }
      expect(seen).toHaveLength(7);
      expect(seen).toEqual([...new Set(seen)].sort());
    });

    it('samples distinct live peers, never an excluded one', async () => {
      const { peers } = make();
      for (let number = 0; number < 12; number++) await peers.join(peerRecord(`peer${number}`));
      const exclude = new Set([peerIdFor('peer3'), peerIdFor('peer4')]);
      expect(await peers.sampleLive(0, exclude)).toEqual([]);
      const met = new Set<string>();
      for (let round = 0; round < 40; round++) {
        const names = namesOf(await peers.sampleLive(5, exclude));
        expect(new Set(names).size).toBe(5);
        names.forEach((name) => met.add(name));
      }
      expect(met.size).toBe(10);
      expect(met.has('peer3')).toBe(false);
      expect(await peers.sampleLive(50, exclude)).toHaveLength(10);
    });
  });

  it('has a roster of those that are here and those that may come again', async () => {
    const { peers } = make();
    // Redis forgets who was not here for a month.
    const lasting = { storage: { max: 1, free: 1 }, leaseAt: Date.now() };
    await peers.join(peerRecord('ada', { ...lasting, labels: { role: 'edge' } }));
    await peers.join(peerRecord('bob', { ...lasting, labels: { note: 'x' } }));
    await peers.join(peerRecord('moment'));
    await peers.leave(peerIdFor('bob'), 1_000);
    await peers.leave(peerIdFor('moment'), 1_000);
    await peers.join(peerRecord('ada', { ...lasting, labels: { role: 'core' }, incarnation: 2_000 }));
    const roster = await peers.roster();
    expect(new Map(roster.map(({ name, labels }) => [name, labels]))).toEqual(
      new Map([
        ['ada', { role: 'core' }],
        ['bob', { note: 'x' }],
      ]),
    );
    const ids = roster.map(({ peerId }) => peerId);
    expect(ids).toEqual(ids.toSorted());
  });
};
