import { describe, expect, it } from '@jest/globals';
import { ROW_STATES, type RowState } from '#contracts';
import { endedAs, judgeMove, type Registries, type RowMove } from '#registry';
import fc from 'fast-check';
import { distributionOrder, peerIdFor } from './builders.js';

const move = (to: RowState, more: Partial<RowMove> = {}): RowMove => ({ to, epoch: 0, now: 20_000, ...more });
const MOVED = { outcome: 'moved', finished: false };
const IGNORED = { outcome: 'ignored', finished: false };
const NONE = Object.fromEntries(ROW_STATES.map((state) => [state, 0]));

/** What every DistributionRegistry does. `make` gives an empty one each time. */
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
        epoch: 0,
        targets: 2,
        counts: { ...NONE, waiting: 2 },
        createdAt: 10_000,
      });
      expect(await distributions.get('d1')).toEqual(distribution);
      const row = { state: 'waiting', epoch: 0, bytes: 0, rate: 0, updatedAt: 10_000 };
      expect(await distributions.rows('d1')).toEqual([
        { peerId: ada, name: 'ada', ...row },
        { peerId: bob, name: 'bob', ...row },
      ]);
    });

    it('keeps every fact of the request', async () => {
      const { distributions } = make();
      const { facts } = distributionOrder('d1', ['ada']);
      const all = { ...facts, force: true, folder: 'a|b/c', saveAs: 'ü "x".txt', maxDownRate: 9 };
      await distributions.create(distributionOrder('d1', ['ada'], { facts: all }));
      expect((await distributions.get('d1'))?.facts).toEqual(all);
    });

    it('is the same distribution for the same key, and for the same id', async () => {
      const { distributions } = make();
      await distributions.create(distributionOrder('d1', ['ada'], { idempotencyKey: 'k' }));
      await distributions.moveRow('d1', ada, move('commanded'));
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

  describe('moving a row', () => {
    it('goes the whole way and keeps what it is told', async () => {
      const { distributions } = make();
      await distributions.create(distributionOrder('d1', ['ada', 'bob']));
      expect(await distributions.moveRow('d1', ada, move('commanded'))).toEqual(MOVED);
      expect(await distributions.moveRow('d1', ada, move('downloading', { bytes: 10, rate: 2.5 }))).toEqual(
        MOVED,
      );
      const news = move('downloading', { bytes: 30, rate: 0, now: 21_000 });
      expect(await distributions.moveRow('d1', ada, news)).toEqual({ outcome: 'updated', finished: false });
      expect((await distributions.rows('d1'))[0]).toMatchObject({
        state: 'downloading',
        bytes: 30,
        rate: 0,
        updatedAt: 21_000,
      });
      const late = move('downloading', { bytes: 20 });
      expect(await distributions.moveRow('d1', ada, late)).toEqual(IGNORED);
      const error = { code: 'disk-full', message: 'no | space', retry: 'permanent' } as const;
      expect(await distributions.moveRow('d1', ada, move('failed', { error }))).toEqual(MOVED);
      expect((await distributions.rows('d1'))[0]).toMatchObject({ state: 'failed', bytes: 30, error });
      expect((await distributions.get('d1'))?.counts).toEqual({ ...NONE, failed: 1, waiting: 1 });
    });

    it('knows no other row and no other distribution', async () => {
      const { distributions } = make();
      await distributions.create(distributionOrder('d1', ['ada']));
      expect(await distributions.moveRow('d1', bob, move('done'))).toEqual(IGNORED);
      expect(await distributions.moveRow('d2', ada, move('done'))).toEqual(IGNORED);
    });

    it('starts a failed row anew with a higher epoch', async () => {
      const { distributions } = make();
      await distributions.create(distributionOrder('d1', ['ada', 'bob']));
      await distributions.moveRow('d1', ada, move('failed', { bytes: 7 }));
      expect(await distributions.pendingFor(ada)).toEqual([]);
      expect(await distributions.moveRow('d1', ada, move('commanded', { epoch: 1 }))).toEqual(MOVED);
      expect(await distributions.pendingFor(ada)).toHaveLength(1);
      expect((await distributions.rows('d1'))[0]).toMatchObject({ state: 'commanded', epoch: 1, bytes: 0 });
      expect(await distributions.moveRow('d1', ada, move('failed'))).toEqual(IGNORED);
    });

    it('follows the rules whatever comes', async () => {
      const names = ['ada', 'bob', 'cleo'];
      const anyMove = fc.record({
        name: fc.constantFrom(...names),
        to: fc.constantFrom(...ROW_STATES),
        epoch: fc.integer({ min: 0, max: 2 }),
        bytes: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(anyMove, { maxLength: 25 }), async (moves) => {
          const { distributions } = make();
          await distributions.create(distributionOrder('d1', names));
          let finished = 0;
          for (const { name, to, epoch, bytes } of moves) {
            const asked: RowMove = { to, epoch, now: 20_000, ...(bytes === undefined ? {} : { bytes }) };
            const row = (await distributions.rows('d1')).find((one) => one.name === name);
            const expected = finished > 0 || row === undefined ? 'ignored' : judgeMove(row, asked);
            const result = await distributions.moveRow('d1', peerIdFor(name), asked);
            expect(result.outcome).toBe(expected);
            if (result.finished) finished++;
          }
          const rows = await distributions.rows('d1');
          const distribution = await distributions.get('d1');
          for (const state of ROW_STATES) {
            const inState = rows.filter((row) => row.state === state).length;
            expect(distribution?.counts[state]).toBe(inState);
          }
          const settled = rows.every(({ state }) => ['done', 'failed', 'cancelled'].includes(state));
          expect(finished).toBe(settled ? 1 : 0);
          if (distribution !== undefined) {
            expect(distribution.state).toBe(settled ? endedAs(distribution.counts) : 'running');
          }
          expect(await distributions.takeOutbox(10)).toHaveLength(finished);
        }),
        { numRuns: runs },
      );
    }, 60_000);
  });

  describe('ending', () => {
    it('tells exactly one of many movers at the same moment, and puts one fact into the outbox', async () => {
      const { distributions } = make();
      const names = Array.from({ length: 20 }, (_, number) => `peer${number}`);
      await distributions.create(distributionOrder('d1', names));
      const moves = [...names, ...names].map((name) =>
        distributions.moveRow('d1', peerIdFor(name), move('done', { bytes: 5_000 })),
      );
      const results = await Promise.all(moves);
      expect(results.filter(({ outcome }) => outcome === 'moved')).toHaveLength(20);
      expect(results.filter(({ finished }) => finished)).toHaveLength(1);
      expect(await distributions.get('d1')).toMatchObject({ state: 'completed', finishedAt: 20_000 });
      expect(await distributions.takeOutbox(10)).toHaveLength(1);
    });

    it.each([
      [['done', 'done'], 'completed'],
      [['done', 'failed'], 'failed'],
      [['cancelled', 'done'], 'cancelled'],
      [['cancelled', 'failed'], 'failed'],
    ] as const)('%j is %s', async (ends, state) => {
      const { distributions } = make();
      await distributions.create(distributionOrder('d1', ['ada', 'bob']));
      await distributions.moveRow('d1', ada, move(ends[0]));
      const last = await distributions.moveRow('d1', bob, move(ends[1]));
      expect(last).toEqual({ outcome: 'moved', finished: true });
      expect((await distributions.get('d1'))?.state).toBe(state);
      expect((await distributions.takeOutbox(1))[0]?.name).toBe(`distribution.${state}`);
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
      expect(facts[0]?.body).toEqual({
        distributionId: 'd1',
        state: 'completed',
        fileId: distributionOrder('d1', []).facts.fileId,
        name: 'music.txt',
        version: 1,
        size: 5_000,
        targets: 1,
        done: 1,
        failed: 0,
        cancelled: 0,
        createdAt: 10_000,
        finishedAt: 200,
      });
      expect(await distributions.takeOutbox(1)).toEqual(facts.slice(0, 1));
      await distributions.confirmOutbox([facts[0]?.messageId as string]);
      await distributions.confirmOutbox([]);
      expect(await distributions.takeOutbox(10)).toEqual(facts.slice(1));
    });
  });

  describe('cancelling', () => {
    it('cancels what is not final and ends it', async () => {
      const { distributions } = make();
      await distributions.create(distributionOrder('d1', ['ada', 'bob', 'cleo']));
      await distributions.moveRow('d1', ada, move('done'));
      await distributions.moveRow('d1', bob, move('downloading', { bytes: 4, rate: 9 }));
      const result = await distributions.cancel('d1', 30_000);
      expect(result).toMatchObject({ epoch: 1, finished: true });
      expect(new Map(result.cancelled.map(({ peerId, before }) => [peerId, before]))).toEqual(
        new Map([
          [bob, 'downloading'],
          [peerIdFor('cleo'), 'waiting'],
        ]),
      );
      expect(await distributions.get('d1')).toMatchObject({
        state: 'cancelled',
        epoch: 1,
        finishedAt: 30_000,
        counts: { ...NONE, done: 1, cancelled: 2 },
      });
      expect((await distributions.rows('d1'))[1]).toMatchObject({
        state: 'cancelled',
        epoch: 1,
        bytes: 4,
        rate: 0,
        updatedAt: 30_000,
      });
      expect(await distributions.pendingFor(bob)).toEqual([]);
      expect((await distributions.takeOutbox(5)).map(({ name }) => name)).toEqual(['distribution.cancelled']);
    });

    it('changes nothing twice, after the end, or where nothing is', async () => {
      const { distributions } = make();
      await distributions.create(distributionOrder('d1', ['ada']));
      await distributions.cancel('d1', 30_000);
      const ended = await distributions.get('d1');
      expect(await distributions.cancel('d1', 40_000)).toEqual({ cancelled: [], epoch: 1, finished: false });
      expect(await distributions.moveRow('d1', ada, move('done', { epoch: 1 }))).toEqual(IGNORED);
      expect(await distributions.get('d1')).toEqual(ended);
      expect(await distributions.cancel('d9', 1)).toEqual({ cancelled: [], epoch: 0, finished: false });
      expect(await distributions.takeOutbox(5)).toHaveLength(1);
    });
  });

  describe('reading', () => {
    it('knows what a peer must be told, oldest first', async () => {
      const { distributions } = make();
      await distributions.create(distributionOrder('late', ['ada', 'bob'], { now: 300 }));
      await distributions.create(distributionOrder('early', ['ada'], { now: 100 }));
      await distributions.create(distributionOrder('settled', ['ada', 'bob'], { now: 200 }));
      await distributions.moveRow('settled', ada, move('done'));
      await distributions.moveRow('late', ada, move('offline'));
      const pending = await distributions.pendingFor(ada);
      expect(pending.map(({ distribution, row }) => [distribution.id, row.name, row.state])).toEqual([
        ['early', 'ada', 'waiting'],
        ['late', 'ada', 'offline'],
      ]);
      expect(pending[0]?.distribution).toEqual(await distributions.get('early'));
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
