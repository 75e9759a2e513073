import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Bitfield, countOf, type PeerId } from '#core';
import { domainsOf } from './fault-domains.js';
import type { Plan, PlacementPeer, PlanQuestion } from './plan-types.js';
import { planCopies, SPREAD_PEERS } from './plan.js';

const peer = (
  number: number,
  chunkCount: number,
  facts: { room?: number; labels?: Record<string, string>; has?: readonly number[] } = {},
): PlacementPeer => {
  const has = new Bitfield(chunkCount);
  for (const chunk of facts.has ?? []) if (chunk < chunkCount) has.set(chunk);
  const peerId = number.toString(16).padStart(40, '0') as PeerId;
  return { peerId, labels: facts.labels ?? {}, room: facts.room ?? 1_000_000, has };
};
const peers = (count: number, chunkCount: number, labels?: (at: number) => Record<string, string>) =>
  Array.from({ length: count }, (_, at) =>
    peer(at, chunkCount, labels === undefined ? {} : { labels: labels(at) }),
  );

const additionsOf = (plan: Plan): ReadonlyMap<PeerId, readonly { start: number; end: number }[]> => {
  if (plan.kind !== 'plan') throw new Error(`short of ${plan.peers} peers and ${plan.chunks} chunks`);
  return plan.additions;
};
/** What every peer has in the end. */
const resultOf = (question: PlanQuestion): { peer: PlacementPeer; has: Bitfield; fresh: number }[] => {
  const additions = additionsOf(planCopies(question));
  return question.peers.map((one) => {
    const has = one.has.clone();
    const ranges = additions.get(one.peerId) ?? [];
    for (const range of ranges) has.setRange(range);
    // A chunk that it had would be counted twice here.
    expect(has.count).toBe(one.has.count + countOf(ranges));
    return { peer: one, has, fresh: countOf(ranges) };
  });
};
const copiesOf = (result: ReturnType<typeof resultOf>, chunk: number): number =>
  result.filter(({ has }) => has.has(chunk)).length;

const labelSets = fc.record(
  { zone: fc.constantFrom('z1', 'z2'), rack: fc.constantFrom('a', 'b', 'c') },
  { requiredKeys: [] },
);
const questions = fc.integer({ min: 1, max: 40 }).chain((chunkCount) =>
  fc.record({
    chunkCount: fc.constant(chunkCount),
    copies: fc.integer({ min: 1, max: 4 }),
    peers: fc
      .array(
        fc.record({ room: fc.nat(60), labels: labelSets, has: fc.array(fc.nat(39), { maxLength: 20 }) }),
        { maxLength: 12 },
      )
      .map((all) => all.map((facts, at) => peer(at, chunkCount, facts))),
  }),
);

describe('planCopies', () => {
  it('puts every chunk on as many peers as asked, on nobody twice, and on nobody more than it has room for', () => {
    fc.assert(
      fc.property(questions, (question) => {
        if (planCopies(question).kind === 'short') return;
        const result = resultOf(question);
        for (const {
          peer: { room },
          fresh,
        } of result)
          expect(fresh).toBeLessThanOrEqual(room);
        for (let chunk = 0; chunk < question.chunkCount; chunk++) {
          const before = question.peers.filter(({ has }) => has.has(chunk)).length;
          expect(copiesOf(result, chunk)).toBe(Math.max(before, question.copies));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('finds a plan whenever there is one, with nothing there yet', () => {
    fc.assert(
      fc.property(questions, ({ chunkCount, copies, peers: some }) => {
        const empty = some.map((one) => ({ ...one, has: new Bitfield(chunkCount) }));
        const fits = empty.reduce((sum, { room }) => sum + Math.min(room, chunkCount), 0);
        expect(planCopies({ chunkCount, copies, peers: empty }).kind).toBe(
          fits >= chunkCount * copies ? 'plan' : 'short',
        );
      }),
      { numRuns: 200 },
    );
  });

  it('finds one whatever is there, when there is room for all', () => {
    fc.assert(
      fc.property(questions, ({ chunkCount, copies, peers: some }) => {
        const roomy = some.map((one) => ({ ...one, room: chunkCount }));
        const plan = planCopies({ chunkCount, copies, peers: roomy });
        expect(plan.kind).toBe(roomy.length >= copies ? 'plan' : 'short');
      }),
      { numRuns: 100 },
    );
  });

  it('gives nobody all where there are other peers, and everybody at most two ranges', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 300 }),
        fc.integer({ min: 1, max: 4 }),
        fc.nat(30),
        (n, copies, more) => {
          const question = { chunkCount: n, copies, peers: peers(copies + 1 + more, n) };
          for (const { has } of resultOf(question)) {
            const possible = question.peers.length * (n - 1) >= copies * n;
            if (possible) expect(has.isFull).toBe(false);
            expect(has.toRanges().length).toBeLessThanOrEqual(2);
          }
        },
      ),
    );
  });

  it('keeps two copies of a chunk out of one rack, and one zone, where there are enough of them', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 3 }),
        fc.nat(20),
        (n, copies, more) => {
          const labels = (at: number): Record<string, string> => ({
            zone: `z${at % copies}`,
            rack: `r${Math.floor(at / copies) % 3}`,
          });
          const result = resultOf({ chunkCount: n, copies, peers: peers(copies * 3 + more, n, labels) });
          for (const level of [0, 1]) {
            for (let chunk = 0; chunk < n; chunk++) {
              const domains = result
                .filter(({ has }) => has.has(chunk))
                .map((one) => domainsOf(one.peer)[level]);
              expect(new Set(domains).size).toBe(copies);
            }
          }
        },
      ),
    );
  });

  it('replaces a lost peer outside of the rack that has the other copy', () => {
    const n = 60;
    const rack = (at: number): Record<string, string> => ({ rack: `r${at % 3}` });
    const [lost, ...left] = resultOf({ chunkCount: n, copies: 2, peers: peers(9, n, rack) });
    const question = { chunkCount: n, copies: 2, peers: left.map(({ peer: one, has }) => ({ ...one, has })) };
    const result = resultOf(question);
    expect(result.reduce((sum, { fresh }) => sum + fresh, 0)).toBe(lost?.fresh);
    for (let chunk = 0; chunk < n; chunk++) {
      const racks = result.filter(({ has }) => has.has(chunk)).map((one) => one.peer.labels['rack']);
      expect(new Set(racks).size).toBe(2);
    }
  });

  it('takes what it gives from peers in proportion to their room', () => {
    const rooms = [100, 200, 400];
    const all = rooms.map((room, at) => peer(at, 100, { room }));
    const fresh = resultOf({ chunkCount: 100, copies: 1, peers: all }).map((one) => one.fresh);
    expect(fresh).toEqual([14, 29, 57]);
  });

  it('does not scatter a file over all peers of a large network', () => {
    const result = resultOf({ chunkCount: 1_024, copies: 2, peers: peers(1_000, 1_024) });
    expect(result.filter(({ fresh }) => fresh > 0).length).toBe(SPREAD_PEERS);
  });

  it('does more of them where a few have not enough room', () => {
    const all = Array.from({ length: 100 }, (_, at) => peer(at, 1_024, { room: 30 }));
    expect(resultOf({ chunkCount: 1_024, copies: 2, peers: all }).every(({ fresh }) => fresh <= 30)).toBe(
      true,
    );
  });

  it('says what is missing: peers, or room', () => {
    expect(planCopies({ chunkCount: 10, copies: 3, peers: peers(1, 10) })).toEqual({
      kind: 'short',
      peers: 2,
      chunks: 20,
    });
    const small = [1, 2].map((at) => peer(at, 10, { room: 6 }));
    expect(planCopies({ chunkCount: 10, copies: 2, peers: small })).toEqual({
      kind: 'short',
      peers: 0,
      chunks: 8,
    });
  });

  it('has nothing to do for an empty file, or when all is there', () => {
    expect(additionsOf(planCopies({ chunkCount: 0, copies: 2, peers: [] })).size).toBe(0);
    const whole = [1, 2].map((at) => peer(at, 3, { has: [0, 1, 2] }));
    expect(additionsOf(planCopies({ chunkCount: 3, copies: 2, peers: whole })).size).toBe(0);
  });
});
