import { describe, expect, it } from '@jest/globals';
import { Bitfield, type PeerId } from '#core';
import type { PeerRecord, PlacedRow, Placement, PlacementFacts } from '#registry';
import { fileIdFor, peerIdFor, peerRecord } from '#testing';
import { decide, KNOWN_MS, STALL_MS, type Decision, type Seen } from './decide.js';

const CHUNKS = 10;
const NOW = 1_000_000;
const placement = (rows: readonly PlacedRow[] = [], facts: Partial<PlacementFacts> = {}): Placement => ({
  ...{ id: 'p-1', idempotencyKey: 'k', state: 'running', revision: 4, createdAt: 1, rows },
  facts: {
    ...{ fileId: fileIdFor('song'), name: 'song', version: 1, size: 10_000, chunkSize: 1_024 },
    ...{ chunkCount: CHUNKS, copies: 2, storage: false, exclude: [peerIdFor('ada')], ...facts },
  },
});
const keeper = (name: string, more: Partial<PeerRecord> = {}): PeerRecord =>
  peerRecord(name, { storage: { max: 100_000, free: 100_000 }, ...more });
const chunks = (...ranges: [number, number][]): Bitfield =>
  Bitfield.fromRanges(
    CHUNKS,
    ranges.map(([start, end]) => ({ start, end })),
  );
const seen = (peers: readonly PeerRecord[], held: Record<string, Bitfield> = {}): Seen => ({
  peers: new Map(peers.map((peer) => [peer.peerId, peer])),
  holders: new Map(Object.entries(held).map(([name, has]): [PeerId, Bitfield] => [peerIdFor(name), has])),
});
const row = (name: string, ranges: [number, number][], more: Partial<PlacedRow> = {}): PlacedRow => ({
  ...{ peerId: peerIdFor(name), name, state: 'placing', epoch: 4, ranges, bytes: 0, size: 1, updatedAt: NOW },
  ...more,
});
const ordered = ({ changes }: Decision): Record<string, number> =>
  Object.fromEntries(
    (changes?.rows ?? [])
      .filter(({ state }) => state === 'waiting')
      .map(({ name, ranges }) => [name, ranges.reduce((sum, [start, end]) => sum + end - start, 0)]),
  );
const names = ['bob', 'eve', 'dan', 'fay'];
const four = names.map((name) => keeper(name));

describe('decide', () => {
  it('orders every chunk twice, from peers that offer storage and are not the publisher', () => {
    const visitor = peerRecord('visitor');
    const away = keeper('away', { reachable: false });
    const decision = decide(placement(), seen([keeper('ada'), visitor, away, ...four]), NOW);
    expect(ordered(decision)).toEqual({ bob: 5, eve: 5, dan: 5, fay: 5 });
    expect(decision.changes?.rows?.[0]).toMatchObject({ epoch: 5, state: 'waiting', updatedAt: NOW });
  });

  it('waits while orders run, and looks again soon when only the anchors do not know yet', () => {
    const halves = (state: PlacedRow['state']) => [
      ...[row('bob', [[0, 5]], { state }), row('eve', [[5, 10]], { state })],
      ...[row('dan', [[0, 5]], { state }), row('fay', [[5, 10]], { state })],
    ];
    expect(decide(placement(halves('placing')), seen(four), NOW)).toEqual({
      changes: undefined,
      behind: false,
    });
    expect(decide(placement(halves('done')), seen(four), NOW)).toEqual({ changes: undefined, behind: true });
  });

  it('has reached its end only when the anchors know of every copy', () => {
    const rows = [row('bob', [[0, 10]], { state: 'done' }), row('eve', [[0, 10]], { state: 'done' })];
    const half = seen(four, { bob: chunks([0, 10]), eve: chunks([0, 9]) });
    expect(decide(placement(rows), half, NOW).changes?.state).toBeUndefined();
    const all = seen(four, { bob: chunks([0, 10]), eve: chunks([0, 9]), dan: chunks([9, 10]) });
    expect(decide(placement(rows), all, NOW).changes).toMatchObject({ state: 'completed', finishedAt: NOW });
  });

  it.each([
    ['has left', {}, ['bob', 'eve', 'dan']],
    ['stands still', { updatedAt: NOW - STALL_MS - 1 }, names],
    ['says no', { state: 'failed', error: { code: 'disk-full', message: 'x', retry: 'permanent' } }, names],
    ['lost what it had', { state: 'done', updatedAt: NOW - KNOWN_MS - 1 }, names],
  ] as const)('goes on with others when a peer %s', (_what, more, here) => {
    const rows = [row('fay', [[0, 6]], more), row('bob', [[0, 10]])];
    const decision = decide(placement(rows), seen(here.map((name) => keeper(name))), NOW);
    expect(decision.changes?.rows?.find(({ name }) => name === 'fay')?.state).toBe('failed');
    const { eve = 0, dan = 0, ...others } = ordered(decision);
    expect(eve + dan).toBe(10);
    expect(others).toEqual({});
  });

  it('tells a peer that gets more all that it is to have', () => {
    const rows = [row('bob', [[0, 4]]), row('eve', [[0, 10]])];
    const { changes } = decide(placement(rows), seen([keeper('bob'), keeper('eve')]), NOW);
    expect(changes?.rows?.find(({ name }) => name === 'bob')).toMatchObject({
      ...{ state: 'waiting', epoch: 5, ranges: [[0, 10]], size: 10_000 },
    });
  });

  it('counts on what peers can give up when nothing is free', () => {
    const full = names.map((name) => keeper(name, { storage: { max: 100_000, free: 0 } }));
    expect(Object.keys(ordered(decide(placement(), seen(full), NOW)))).toHaveLength(4);
  });

  it('fails with what is missing', () => {
    const alone = decide(placement(), seen([keeper('bob')]), NOW).changes;
    expect(alone).toMatchObject({ state: 'failed', error: { code: 'peer-offline' } });
    expect(alone?.error?.message).toMatch(/2 copies of song want 2 peers; .* there are 1$/);
    const small = names.map((name) => keeper(name, { storage: { max: 2_048, free: 2_048 } }));
    const { error } = decide(placement(), seen(small), NOW).changes ?? {};
    expect(error).toMatchObject({ code: 'disk-full' });
    expect(error?.message).toMatch(/4 peers offer 8 KiB, about 12 KiB are missing/);
  });

  it('has storage peers keep all, beside the copies', () => {
    const store = keeper('store', { labels: { anchor: 'server1' } });
    const wish = placement([], { storage: true, copies: 1 });
    const first = ordered(decide(wish, seen([store, ...four]), NOW));
    expect(first['store']).toBe(10);
    expect(names.reduce((sum, name) => sum + (first[name] ?? 0), 0)).toBe(10);
    const nobody = decide(wish, seen(four), NOW).changes?.error;
    expect(nobody?.message).toBe('no storage peer is here');
    const kept = seen([store], { store: chunks([0, 10]) });
    expect(decide(placement([], { storage: true, copies: 0 }), kept, NOW).changes?.state).toBe('completed');
  });
});
