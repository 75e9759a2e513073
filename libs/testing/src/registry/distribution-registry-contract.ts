import { describe, expect, it } from '@jest/globals';
import { ROW_STATES } from '#contracts';
import {
  UNSENT_MS,
  type Claim,
  type DistributionRegistry,
  type DistributionRow,
  type Registries,
  type RowMove,
} from '#registry';
import fc from 'fast-check';
import { distributionFacts, distributionOrder, peerIdFor } from './builders.js';
import { ACTORS, anyAct, perform } from './distribution-acts.js';
import { MemoryDistributionRegistry } from './memory-distribution-registry.js';

const move = (to: RowMove['to'], more: Partial<RowMove> = {}): RowMove => ({
  to,
  epoch: 0,
  now: 20_000,
  ...more,
});
const statesOf = (rows: readonly DistributionRow[]): string => rows.map(({ state }) => state).join();
const NONE = Object.fromEntries(ROW_STATES.map((state) => [state, 0]));
const CANCEL = { rows: 'cancelled', state: 'cancelled', reason: 'no need', now: 30_000 } as const;

/** What every DistributionRegistry does. `make` gives an empty one each time. Longer than other files: the whole suite is one list. */
export const distributionRegistryContract = (make: () => Registries, { runs }: { runs: number }): void => {
  const ada = peerIdFor('ada');
  const bob = peerIdFor('bob');

  describe('creating', () => {
    it('makes a row per target', async () => {
      const { distributions } = make();
      const order = distributionOrder('d1', ['bob', 'ada', 'bob']);
      const { created, distribution } = await distributions.create(order);
      expect(created).toBe(true);
      expect(distribution).toEqual({
        id: 'd1',
        idempotencyKey: 'key of d1',
        facts: order.facts,
        state: 'running',
        revision: 0,
        round: 0,
        targets: 2,
        counts: { ...NONE, waiting: 2 },
        retrying: 0,
        createdAt: 10_000,
        keepParts: false,
        course: { bytes: { sameLabel: 0, other: 0, storage: 0 } },
      });
      expect(await distributions.byKey('key of d1')).toEqual(distribution);
      expect(await distributions.byKey('another')).toBeUndefined();
      expect(await distributions.get('d1')).toEqual(distribution);
      const row = { state: 'waiting', epoch: 0, tries: 0, bytes: 0, rate: 0, updatedAt: 10_000 };
      expect(await distributions.rows('d1')).toEqual([
        { peerId: ada, name: 'ada', rank: 1, ...row },
        { peerId: bob, name: 'bob', rank: 0, ...row },
      ]);
      expect(await distributions.row('d1', ada)).toEqual({ peerId: ada, name: 'ada', rank: 1, ...row });
      expect(await distributions.row('d1', peerIdFor('cleo'))).toBeUndefined();
    });

    it('keeps every fact of the request', async () => {
      const { distributions } = make();
      const facts = distributionFacts({ waves: [1, '10%'], deadline: 99_000, abortShare: 0.5 });
      const all = { ...facts, force: true, folder: 'a|b/c', saveAs: 'ü "x".txt', maxDownRate: 9 };
      await distributions.create(distributionOrder('d1', ['ada'], { facts: all }));
      expect(await distributions.get('d1')).toMatchObject({ facts: all, deadline: 99_000 });
    });

    it('is the same distribution for the same key, and for the same id', async () => {
      const { distributions } = make();
      await distributions.create(distributionOrder('d1', ['ada'], { idempotencyKey: 'k' }));
      await distributions.moveRow('d1', ada, move('downloading'));
      const again = distributionOrder('d2', ['bob'], { idempotencyKey: 'k' });
      expect(await distributions.create(again)).toEqual({
        created: false,
        distribution: await distributions.get('d1'),
      });
      const sameId = distributionOrder('d1', ['bob'], { idempotencyKey: 'other' });
      expect((await distributions.create(sameId)).created).toBe(false);
      expect(await distributions.get('d2')).toBeUndefined();
      expect(await distributions.rows('d2')).toEqual([]);
      expect(await distributions.pendingFor(bob)).toEqual([]);
    });

    it('is made once when the request arrives many times at the same moment', async () => {
      const { distributions } = make();
      const requests = Array.from({ length: 8 }, (_, number) =>
        distributions.create(distributionOrder(`d${number}`, ['ada'], { idempotencyKey: 'k' })),
      );
      const made = await Promise.all(requests);
      expect(made.filter(({ created }) => created)).toHaveLength(1);
      expect(new Set(made.map(({ distribution }) => distribution.id)).size).toBe(1);
    });

    it('needs a target', async () => {
      const { distributions } = make();
      await expect(distributions.create(distributionOrder('d1', []))).rejects.toMatchObject({
        code: 'bad-message',
      });
      expect(await distributions.get('d1')).toBeUndefined();
    });
  });

  describe('claiming', () => {
    const limits = { concurrency: 10, boundary: 10, limit: 10, now: 20_000 };
    const names = async (claim: Promise<Claim>): Promise<string[]> =>
      (await claim).rows.map(({ name }) => name);

    it('takes the next in order, each once, and notes when', async () => {
      const { distributions } = make();
      await distributions.create(distributionOrder('d1', ['cleo', 'ada', 'bob']));
      const { rows } = await distributions.claim('d1', { ...limits, limit: 2 });
      expect(rows.map(({ name, state, commandedAt }) => [name, state, commandedAt])).toEqual([
        ['cleo', 'commanded', 20_000],
        ['ada', 'commanded', 20_000],
      ]);
      expect(await names(distributions.claim('d1', limits))).toEqual(['bob']);
      expect(await distributions.claim('d1', limits)).toEqual({ rows: [], nextAt: 20_000 + UNSENT_MS });
      expect(await distributions.get('d1')).toMatchObject({
        counts: { ...NONE, commanded: 3 },
        course: { firstCommandAt: 20_000, lastCommandAt: 20_000 },
      });
      expect(await distributions.claim('d9', limits)).toEqual({ rows: [] });
    });

    it.each([
      ['so many at a time', { concurrency: 2 }, 2],
      ['up to the boundary of the wave', { boundary: 1 }, 1],
      ['nothing when there is no room', { concurrency: 0 }, 0],
    ])('takes %s', async (_what, less, expected) => {
      const { distributions } = make();
      await distributions.create(distributionOrder('d1', ['a', 'b', 'c', 'd']));
      const claims = [1, 2, 3].map(() => distributions.claim('d1', { ...limits, ...less }));
      expect((await Promise.all(claims)).flatMap(({ rows }) => rows)).toHaveLength(expected);
    });

    it('gives a row again whose command nobody has confirmed', async () => {
      const { distributions } = make();
      await distributions.create(distributionOrder('d1', ['ada', 'bob']));
      await distributions.claim('d1', limits);
      await distributions.sent('d1', [{ peerId: ada, epoch: 0, arrived: true }], 20_001);
      const later = { ...limits, now: 20_000 + UNSENT_MS };
      expect(await names(distributions.claim('d1', { ...later, now: later.now - 1 }))).toEqual([]);
      expect(await names(distributions.claim('d1', { ...later, concurrency: 0 }))).toEqual(['bob']);
      expect(await names(distributions.claim('d1', later))).toEqual([]);
    });

    it('has a target that is not here wait for it, and come again at its old place', async () => {
      const { distributions } = make();
      await distributions.create(distributionOrder('d1', ['ada', 'bob', 'cleo']));
      await distributions.claim('d1', { ...limits, boundary: 1 });
      await distributions.sent('d1', [{ peerId: ada, epoch: 0, arrived: false }], 21_000);
      expect((await distributions.rows('d1'))[0]).toMatchObject({ state: 'offline', updatedAt: 21_000 });
      expect(await names(distributions.claim('d1', { ...limits, boundary: 1 }))).toEqual(['bob']);
      expect(await distributions.requeue('d1', ada, 22_000)).toBe(true);
      expect(await distributions.requeue('d1', ada, 22_000)).toBe(false);
      expect(await names(distributions.claim('d1', limits))).toEqual(['ada', 'cleo']);
    });

    it('does not take for offline what is on its way already', async () => {
      const { distributions } = make();
      await distributions.create(distributionOrder('d1', ['ada']));
      await distributions.claim('d1', limits);
      await distributions.moveRow('d1', ada, move('downloading', { bytes: 1 }));
      await distributions.sent('d1', [{ peerId: ada, epoch: 0, arrived: false }], 21_000);
      expect((await distributions.row('d1', ada))?.state).toBe('downloading');
    });
  });

  describe('moving a row', () => {
    it('goes the whole way and keeps what it is told', async () => {
      const { distributions } = make();
      await distributions.create(distributionOrder('d1', ['ada', 'bob']));
      const first = await distributions.moveRow('d1', ada, move('downloading', { bytes: 10, rate: 2.5 }));
      expect(first).toMatchObject({
        outcome: 'moved',
        distribution: { counts: { ...NONE, downloading: 1, waiting: 1 }, course: { firstNewsAt: 20_000 } },
      });
      const news = move('downloading', { bytes: 30, rate: 0, now: 21_000 });
      expect((await distributions.moveRow('d1', ada, news)).outcome).toBe('updated');
      expect((await distributions.rows('d1'))[0]).toMatchObject({
        state: 'downloading',
        bytes: 30,
        rate: 0,
        updatedAt: 21_000,
      });
      const late = move('downloading', { bytes: 20 });
      expect((await distributions.moveRow('d1', ada, late)).outcome).toBe('ignored');
      const error = { code: 'disk-full', message: 'no | space', retry: 'permanent' } as const;
      expect((await distributions.moveRow('d1', ada, move('failed', { error }))).outcome).toBe('moved');
      expect((await distributions.rows('d1'))[0]).toMatchObject({ state: 'failed', bytes: 30, error });
      expect((await distributions.get('d1'))?.counts).toEqual({ ...NONE, failed: 1, waiting: 1 });
    });

    it('adds up where bytes came from and keeps the best rate', async () => {
      const { distributions } = make();
      await distributions.create(distributionOrder('d1', ['ada', 'bob']));
      const done = (milliseconds: number, sameLabel: number): RowMove =>
        move('done', { milliseconds, sources: { sameLabel, other: 5, storage: 1 } });
      await distributions.moveRow('d1', ada, done(2, 4));
      await distributions.moveRow('d1', ada, done(2, 4));
      await distributions.moveRow('d1', bob, done(100, 0));
      expect((await distributions.get('d1'))?.course).toEqual({
        firstNewsAt: 20_000,
        lastDoneAt: 20_000,
        bestRate: 5_000,
        bytes: { sameLabel: 4, other: 10, storage: 2 },
      });
      expect((await distributions.row('d1', ada))?.milliseconds).toBe(2);
    });

    it('knows no other row and no other distribution', async () => {
      const { distributions } = make();
      await distributions.create(distributionOrder('d1', ['ada']));
      expect((await distributions.moveRow('d1', bob, move('done'))).outcome).toBe('ignored');
      expect(await distributions.moveRow('d2', ada, move('done'))).toEqual({
        outcome: 'ignored',
        distribution: undefined,
      });
    });

    it('tries again what may pass, later each time, as often as it may', async () => {
      const { distributions } = make();
      const facts = distributionFacts({ retries: 2, retryDelayMs: 500 });
      await distributions.create(distributionOrder('d1', ['ada'], { facts }));
      const error = { code: 'no-holder', message: 'nobody', retry: 'transient' } as const;
      const fail = (epoch: number) =>
        distributions.moveRow('d1', ada, move('failed', { epoch, error, mayPass: true, bytes: 3 }));
      expect((await fail(0)).retryAt).toBe(20_500);
      expect(await fail(0)).toMatchObject({ outcome: 'ignored', distribution: { retrying: 1 } });
      expect(await distributions.row('d1', ada)).toMatchObject({
        state: 'waiting',
        epoch: 1,
        tries: 1,
        error,
      });
      const limits = { concurrency: 1, boundary: 1, limit: 10 };
      expect(await distributions.claim('d1', { ...limits, now: 20_499 })).toEqual({
        rows: [],
        nextAt: 20_500,
      });
      expect((await distributions.claim('d1', { ...limits, now: 20_500 })).rows).toMatchObject([
        { epoch: 1 },
      ]);
      expect((await fail(1)).retryAt).toBe(21_000);
      await distributions.claim('d1', { ...limits, now: 21_000 });
      expect(await fail(2)).toMatchObject({ outcome: 'moved', distribution: { state: 'failed' } });
      expect((await fail(2)).retryAt).toBeUndefined();
    });
  });

  describe('ending', () => {
    it('ends once for many movers at the same moment, and puts one fact into the outbox', async () => {
      const { distributions } = make();
      const names = Array.from({ length: 20 }, (_, number) => `peer${number}`);
      await distributions.create(distributionOrder('d1', names));
      const moves = [...names, ...names].map((name) =>
        distributions.moveRow('d1', peerIdFor(name), move('done', { bytes: 5_000 })),
      );
      const results = await Promise.all(moves);
      expect(results.filter(({ outcome }) => outcome === 'moved')).toHaveLength(20);
      expect(await distributions.get('d1')).toMatchObject({ state: 'completed', finishedAt: 20_000 });
      expect(await distributions.takeOutbox(10)).toHaveLength(1);
    });

    it('has failed when one row has', async () => {
      const { distributions } = make();
      await distributions.create(distributionOrder('d1', ['ada', 'bob']));
      await distributions.moveRow('d1', ada, move('done'));
      const { distribution } = await distributions.moveRow('d1', bob, move('failed'));
      expect(distribution?.state).toBe('failed');
      expect((await distributions.takeOutbox(1))[0]?.name).toBe('distribution.failed');
    });

    it('keeps a fact until it is confirmed', async () => {
      const { distributions } = make();
      for (const [id, now] of [
        ['d2', 300],
        ['d1', 200],
      ] as const) {
        await distributions.create(distributionOrder(id, ['ada']));
        await distributions.moveRow(id, ada, move('done', { now }));
      }
      const facts = await distributions.takeOutbox(10);
      expect(facts.map(({ body }) => body.distributionId)).toEqual(['d1', 'd2']);
      expect(facts[0]?.body).toMatchObject({
        distributionId: 'd1',
        state: 'completed',
        name: 'music.txt',
        targets: 1,
        done: 1,
        finishedAt: 200,
        results: [{ peerId: ada, name: 'ada', state: 'done', tries: 0 }],
      });
      expect(await distributions.takeOutbox(1)).toEqual(facts.slice(0, 1));
      await distributions.confirmOutbox([facts[0]?.messageId as string]);
      await distributions.confirmOutbox([]);
      expect(await distributions.takeOutbox(10)).toEqual(facts.slice(1));
    });

    it('cancels what is not final, and remembers who must be told to stop', async () => {
      const { distributions } = make();
      await distributions.create(distributionOrder('d1', ['ada', 'bob', 'cleo']));
      await distributions.moveRow('d1', ada, move('done'));
      await distributions.moveRow('d1', bob, move('downloading', { bytes: 4, rate: 9 }));
      const { ended, distribution } = await distributions.end('d1', CANCEL);
      expect(ended).toBe(2);
      expect(distribution).toMatchObject({
        state: 'cancelled',
        finishedAt: 30_000,
        reason: 'no need',
        counts: { ...NONE, done: 1, cancelled: 2 },
      });
      const row = { state: 'cancelled', epoch: 1, bytes: 4, rate: 0, updatedAt: 30_000 };
      expect(await distributions.row('d1', bob)).toMatchObject(row);
      expect(await distributions.toStop('d1')).toMatchObject([{ peerId: bob }]);
      expect(await distributions.pendingFor(bob)).toMatchObject([{ row }]);
      expect(await distributions.pendingFor(peerIdFor('cleo'))).toEqual([]);
      await distributions.stopped('d1', [bob]);
      expect(await distributions.toStop('d1')).toEqual([]);
      expect(await distributions.pendingFor(bob)).toEqual([]);
      expect((await distributions.takeOutbox(5)).map(({ name }) => name)).toEqual(['distribution.cancelled']);
    });

    it('changes nothing twice, after the end, or where nothing is', async () => {
      const { distributions } = make();
      await distributions.create(distributionOrder('d1', ['ada']));
      await distributions.end('d1', CANCEL);
      const ended = await distributions.get('d1');
      expect(await distributions.end('d1', { ...CANCEL, now: 40_000 })).toEqual({
        ended: 0,
        distribution: ended,
      });
      expect((await distributions.moveRow('d1', ada, move('done', { epoch: 1 }))).outcome).toBe('ignored');
      expect(await distributions.end('d9', CANCEL)).toEqual({ ended: 0, distribution: undefined });
      expect(await distributions.takeOutbox(5)).toHaveLength(1);
    });

    it('can leave alone what downloads: that ends it', async () => {
      const { distributions } = make();
      await distributions.create(distributionOrder('d1', ['ada', 'bob']));
      await distributions.moveRow('d1', ada, move('downloading', { bytes: 1 }));
      const { distribution } = await distributions.end('d1', { ...CANCEL, idleOnly: true });
      expect(distribution).toMatchObject({
        state: 'running',
        counts: { ...NONE, downloading: 1, cancelled: 1 },
      });
      const done = await distributions.moveRow('d1', ada, move('done'));
      expect(done.distribution?.state).toBe('cancelled');
    });

    it('runs again for what failed, once its end is told, and ends again under another message id', async () => {
      const { distributions } = make();
      const facts = distributionFacts({ deadline: 29_000 });
      await distributions.create(distributionOrder('d1', ['ada', 'bob'], { facts }));
      await distributions.moveRow('d1', ada, move('done'));
      const error = { code: 'timeout', message: 'late', retry: 'permanent' } as const;
      await distributions.end('d1', { rows: 'failed', error, now: 30_000 });
      expect(await distributions.retry('d1', 31_000)).toBe('not-told');
      const [first] = await distributions.takeOutbox(5);
      await distributions.confirmOutbox([first?.messageId as string]);
      expect(await distributions.retry('d1', 31_000)).toBe(1);
      expect(await distributions.retry('d1', 31_000)).toBe(0);
      const again = await distributions.get('d1');
      expect(again).toMatchObject({ state: 'running', round: 1, counts: { ...NONE, done: 1, waiting: 1 } });
      expect([again?.deadline, again?.finishedAt, again?.reason]).toEqual([undefined, undefined, undefined]);
      const limits = { concurrency: 9, boundary: 2, limit: 9, now: 32_000 };
      const { rows } = await distributions.claim('d1', limits);
      expect(rows).toMatchObject([{ name: 'bob', epoch: 2, tries: 0 }]);
      await distributions.moveRow('d1', bob, move('done', { epoch: 2 }));
      const [second] = await distributions.takeOutbox(5);
      expect(second).toMatchObject({ name: 'distribution.completed', body: { done: 2, failed: 0 } });
      expect(second?.messageId).not.toBe(first?.messageId);
      expect(await distributions.retry('d9', 1)).toBe(0);
    });
  });

  describe('whatever comes', () => {
    it('is as the memory of it says', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyAct, { maxLength: 40 }), async (acts) => {
          const real = make().distributions;
          const model = new MemoryDistributionRegistry();
          const facts = distributionFacts({ retries: 1, retryDelayMs: 300, deadline: 21_000 });
          for (const one of [real, model]) await one.create(distributionOrder('d1', ACTORS, { facts }));
          let now = 20_000;
          for (const act of acts) {
            now += 400;
            const [before, rowsBefore] = [await real.get('d1'), await real.rows('d1')];
            expect(await perform(real, act, now)).toEqual(await perform(model, act, now));
            const [found, expected] = [await real.get('d1'), await model.get('d1')];
            expect(found).toEqual({ ...expected, revision: found?.revision });
            const rows = await real.rows('d1');
            expect(rows).toEqual(await model.rows('d1'));
            // How much it grows by is the adapter's; that it grows when a state did, and never shrinks, is not.
            const grown = (found?.revision ?? 0) - (before?.revision ?? 0);
            expect(grown).toBeGreaterThanOrEqual(statesOf(rows) === statesOf(rowsBefore) ? 0 : 1);
            expect(await real.takeOutbox(9)).toEqual(await model.takeOutbox(9));
          }
          const ids = async (one: DistributionRegistry): Promise<string[]> =>
            (await one.toStop('d1')).map(({ peerId }) => peerId).sort();
          expect(await ids(real)).toEqual(await ids(model));
          for (const name of ACTORS) {
            const [found, expected] = await Promise.all(
              [real, model].map((one) => one.pendingFor(peerIdFor(name))),
            );
            expect(found?.map(({ row }) => row)).toEqual(expected?.map(({ row }) => row));
          }
        }),
        { numRuns: runs },
      );
    }, 60_000);
  });

  describe('reading', () => {
    it('knows what a peer must be told, the most urgent, then the oldest first', async () => {
      const { distributions } = make();
      await distributions.create(distributionOrder('late', ['ada', 'bob'], { now: 300 }));
      await distributions.create(distributionOrder('early', ['ada'], { now: 100 }));
      await distributions.create(distributionOrder('settled', ['ada', 'bob'], { now: 200 }));
      await distributions.moveRow('settled', ada, move('done'));
      await distributions.create(
        distributionOrder('urgent', ['ada'], { now: 400, facts: distributionFacts({ priority: 9 }) }),
      );
      const pending = await distributions.pendingFor(ada);
      expect(pending.map(({ distribution, row }) => [distribution.id, row.name, row.state])).toEqual([
        ['urgent', 'ada', 'waiting'],
        ['early', 'ada', 'waiting'],
        ['late', 'ada', 'waiting'],
      ]);
      expect(pending[1]?.distribution).toEqual(await distributions.get('early'));
    });

    it('pages from the newest', async () => {
      const { distributions } = make();
      for (const [id, now] of Object.entries({ a: 100, b: 300, c: 200, d: 300 })) {
        await distributions.create(distributionOrder(id, ['ada'], { now }));
      }
      const ids = async (after: string | undefined, limit: number): Promise<string[]> =>
        (await distributions.list(after, limit)).map(({ id }) => id);
      expect(await ids(undefined, 3)).toEqual(['d', 'b', 'c']);
      expect(await ids('c', 3)).toEqual(['a']);
      expect(await ids('a', 3)).toEqual([]);
      expect(await ids('nothing', 3)).toEqual([]);
    });
  });
};
