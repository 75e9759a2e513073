import fc from 'fast-check';
import type { DistributionRegistry, RowMove } from '#registry';
import { peerIdFor } from './builders.js';

/** The targets of a distribution that things happen to. */
export const ACTORS = ['ada', 'bob', 'cleo', 'dan'];

/** Something that happens to a distribution. */
export type Act =
  | { readonly kind: 'move'; readonly name: string; readonly move: Omit<RowMove, 'now'> }
  | { readonly kind: 'claim'; readonly concurrency: number; readonly boundary: number }
  | { readonly kind: 'sent'; readonly name: string; readonly epoch: number; readonly arrived: boolean }
  | { readonly kind: 'requeue'; readonly name: string }
  | { readonly kind: 'stopped'; readonly name: string }
  | { readonly kind: 'end'; readonly rows: 'cancelled' | 'failed'; readonly idleOnly: boolean }
  | { readonly kind: 'announce' }
  | { readonly kind: 'retry' };

const name = fc.constantFrom(...ACTORS);
const epoch = fc.integer({ min: 0, max: 3 });
const bytes = fc.integer({ min: 0, max: 9 });

const move: fc.Arbitrary<Act> = fc.record({
  kind: fc.constant('move' as const),
  name,
  move: fc.record({
    to: fc.constantFrom('downloading', 'done', 'failed', 'offline'),
    epoch,
    bytes,
    mayPass: fc.boolean(),
    error: fc.constantFrom({ code: 'timeout', message: 'a | b', retry: 'transient' } as const),
    milliseconds: fc.constantFrom(0, 7),
    sources: fc.record({ sameLabel: bytes, other: bytes, storage: bytes }),
  }),
});

export const anyAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 8, arbitrary: move },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('claim' as const),
      concurrency: fc.integer({ min: 0, max: 4 }),
      boundary: fc.integer({ min: 0, max: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('sent' as const), name, epoch, arrived: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('requeue' as const), name }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stopped' as const), name }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      rows: fc.constantFrom('cancelled', 'failed'),
      idleOnly: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'announce' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'retry' as const }) },
);

/** Does it; returns what the registry says, in an order that does not depend on how it keeps its sets. */
export const perform = async (
  distributions: DistributionRegistry,
  act: Act,
  now: number,
): Promise<unknown> => {
  switch (act.kind) {
    case 'move': {
      const result = await distributions.moveRow('d1', peerIdFor(act.name), { ...act.move, now });
      return [result.outcome, result.retryAt];
    }
    case 'claim': {
      const { rows, nextAt } = await distributions.claim('d1', { ...act, limit: 10, now });
      return [rows.map((row) => JSON.stringify([row.name, row.epoch, row.state])).sort(), nextAt];
    }
    case 'sent':
      return distributions.sent('d1', [{ ...act, peerId: peerIdFor(act.name) }], now);
    case 'requeue':
      return distributions.requeue('d1', peerIdFor(act.name), now);
    case 'stopped':
      return distributions.stopped('d1', [peerIdFor(act.name)]);
    case 'end': {
      const { rows, idleOnly } = act;
      const state = rows === 'cancelled' ? { state: rows } : {};
      return (await distributions.end('d1', { rows, ...state, idleOnly, reason: 'so', now })).ended;
    }
    case 'announce':
      return distributions.confirmOutbox(
        (await distributions.takeOutbox(9)).map(({ messageId }) => messageId),
      );
    case 'retry':
      return distributions.retry('d1', now);
  }
};
