import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '#core';
import type { Registries } from '#registry';
import fc from 'fast-check';
import { FILE_COUNT, SimulatedPeer } from './simulated-peer.js';

const file = fc.nat(FILE_COUNT - 1);
const someFiles = fc.uniqueArray(file, { minLength: 1, maxLength: 2 });
const positions = fc.array(fc.nat(19), { minLength: 1, maxLength: 6 });

/** One thing that happens to a peer, or one delivery. Deliveries are frequent, restarts and evictions are not. */
const event = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('acknowledge' as const),
      file,
      positions,
      whole: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('retract' as const), files: someFiles }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('report' as const), parts: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), lost: someFiles }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('evict' as const) }) },
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('deliver' as const), which: fc.nat(), twice: fc.boolean() }),
  },
);
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

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
  describe('messages in any order, any number of times', () => {
    it('end in the truth', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(event, { maxLength: 60 }), fc.integer(), async (events, seed) => {
          const peer = new SimulatedPeer(make());
          await peer.join();
          for (const what of events) await happen(peer, what);
          await settle(peer, seed);
          const { known, truth } = await peer.compare();
          expect(known).toEqual(truth);
        }),
        { numRuns: runs },
      );
    });
  });
};
