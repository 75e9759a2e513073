import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '#core';
import type { Registries } from '#registry';
import fc from 'fast-check';
import { FILE_COUNT, SimulatedPeer } from './simulated-peer.js';

/** Many histories on a busy machine, milliseconds. */
const TIMEOUT = 60_000;

const file = fc.nat(FILE_COUNT - 1);
const someFiles = fc.uniqueArray(file, { minLength: 1, maxLength: 2 });
const positions = fc.array(fc.nat(19), { minLength: 1, maxLength: 6 });

const acknowledge = fc.record({
  kind: fc.constant('acknowledge' as const),
  file,
  positions,
  whole: fc.boolean(),
});
const retract = fc.record({ kind: fc.constant('retract' as const), files: someFiles });
const report = fc.record({ kind: fc.constant('report' as const), parts: fc.integer({ min: 1, max: 3 }) });
const restart = fc.record({ kind: fc.constant('restart' as const), lost: someFiles });
const evict = fc.record({ kind: fc.constant('evict' as const) });
const deliver = fc.record({ kind: fc.constant('deliver' as const), which: fc.nat(), twice: fc.boolean() });

/** A report puts everything right, so mistakes about what comes late show best where there are none. */
const quiet = fc.oneof(
  { weight: 6, arbitrary: acknowledge },
  { weight: 3, arbitrary: retract },
  { weight: 3, arbitrary: deliver },
);
const eventful = fc.oneof(
  { weight: 6, arbitrary: acknowledge },
  { weight: 3, arbitrary: retract },
  { weight: 8, arbitrary: deliver },
  { weight: 2, arbitrary: report },
  { weight: 1, arbitrary: restart },
  { weight: 1, arbitrary: evict },
);
type Event = typeof eventful extends fc.Arbitrary<infer T> ? T : never;

const happen = async (peer: SimulatedPeer, what: Event): Promise<void> => {
  switch (what.kind) {
    case 'acknowledge':
      return peer.acknowledge(what.file, what.positions, what.whole);
    case 'retract':
      return peer.retract(what.files);
    case 'report':
      return peer.report(what.parts);
    case 'restart':
      return peer.restart(what.lost);
    case 'evict':
      return peer.evict();
    case 'deliver':
      return peer.deliver(what.which, what.twice);
  }
};

/** Delivers all that is on its way, some of it twice, in random order, until nothing is left to say. */
const settle = async (peer: SimulatedPeer, seed: number): Promise<void> => {
  const random = seededRandom(seed);
  do {
    while (peer.queue.length > 0) {
      await peer.deliver(Math.floor(random() * 2 ** 31), random() < 0.2);
    }
  } while (!(await peer.renew()));
};

/**
 * The property that matters: whatever a peer does, in whatever order and however often its messages arrive, in the end the
 * registry says of it exactly what is true. The peer answers `report-needed` by a report and `unknown-peer` by a join.
 */
export const holdingsConvergeContract = (make: () => Registries, { runs }: { runs: number }): void => {
  const endInTruth = (events: fc.Arbitrary<Event>): fc.IAsyncPropertyWithHooks<[Event[], number]> =>
    fc.asyncProperty(fc.array(events, { maxLength: 60 }), fc.integer(), async (history, seed) => {
      const peer = new SimulatedPeer(make());
      await peer.join();
      await peer.deliver(0, false);
      for (const what of history) await happen(peer, what);
      await settle(peer, seed);
      const { known, truth } = await peer.compare();
      expect(known).toEqual(truth);
    });

  describe('messages in any order, any number of times, end in the truth', () => {
    it(
      'of a peer that acknowledges and retracts',
      async () => {
        await fc.assert(endInTruth(quiet), { numRuns: runs });
      },
      TIMEOUT,
    );

    it(
      'of a peer that also reports, restarts and is taken out by mistake',
      async () => {
        await fc.assert(endInTruth(eventful), { numRuns: runs });
      },
      TIMEOUT,
    );
  });
};
