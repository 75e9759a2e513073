import { describe, expect, it } from '@jest/globals';
import type { PlacementOrder, Placement, Registries } from '#registry';
import { fileIdFor, peerIdFor } from './builders.js';

const order = (id: string, more: Partial<PlacementOrder> = {}): PlacementOrder => ({
  id,
  idempotencyKey: `key of ${id}`,
  facts: {
    ...{ fileId: fileIdFor('song'), name: 'song', version: 1, size: 5_000, chunkSize: 1_024, chunkCount: 5 },
    ...{ copies: 2, storage: false, exclude: [peerIdFor('ada')] },
  },
  createdAt: 10_000,
  ...more,
});

/** What every PlacementRegistry does. `make` gives an empty network each time. */
export const placementRegistryContract = (make: () => Registries): void => {
  describe('placements', () => {
    it('are made once for a key, and found again', async () => {
      const { placements } = make();
      const first = await placements.create(order('p-1'));
      expect(first.created).toBe(true);
      expect(first.placement).toMatchObject({ ...order('p-1'), state: 'running', rows: [] });
      const again = await placements.create(order('p-2', { idempotencyKey: 'key of p-1' }));
      expect(again).toEqual({ created: false, placement: first.placement });
      expect(await placements.create(order('p-1', { idempotencyKey: 'other' }))).toMatchObject({
        created: false,
      });
      expect(await placements.get('p-1')).toEqual(first.placement);
      expect(await placements.get('p-2')).toBeUndefined();
    });

    it('are changed by one of two that read the same revision', async () => {
      const { placements } = make();
      const { placement } = await placements.create(order('p-1'));
      const row = {
        ...{ peerId: peerIdFor('bob'), name: 'bob', state: 'waiting', epoch: 1, bytes: 0, size: 1_024 },
        ...{ ranges: [[0, 1]], updatedAt: 11_000 },
      } as Placement['rows'][number];
      const results = await Promise.all([
        placements.save({ ...placement, rows: [row] }),
        placements.save({ ...placement, state: 'failed' }),
      ]);
      expect([...results].sort()).toEqual([false, true]);
      const now = await placements.get('p-1');
      expect(now?.revision).toBe(placement.revision + 1);
      expect(now?.rows.length).toBe(results[0] ? 1 : 0);
      expect(await placements.save(now as Placement)).toBe(true);
    });

    it('are open, oldest first, until their end was told; they stay known', async () => {
      const { placements } = make();
      await placements.create(order('p-1'));
      await placements.create(order('p-2', { createdAt: 20_000 }));
      expect(await placements.open(10)).toEqual(['p-1', 'p-2']);
      expect(await placements.open(1)).toEqual(['p-1']);
      await placements.settle('p-1');
      expect(await placements.open(10)).toEqual(['p-2']);
      expect((await placements.get('p-1'))?.id).toBe('p-1');
    });
  });
};
