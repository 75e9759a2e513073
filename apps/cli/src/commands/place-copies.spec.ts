import { describe, expect, it } from '@jest/globals';
import type { PlacementStatus } from '#contracts';
import type { FileId, PeerId } from '#core';
import { fakeBroker } from '../test-support/fake-broker.js';
import { testContext } from '../test-support/test-context.js';
import type { DoneEvent, TransferEvent } from '../output/events.js';
import { placeCopies } from './place-copies.js';

const FILE = 'a'.repeat(64) as FileId;
const status = (state: PlacementStatus['state']) => ({
  ...{ state, placementId: 'p1', fileId: FILE, name: 'music.txt', version: 1, size: 10, chunkCount: 1 },
  ...{ copies: 2, storage: false, createdAt: 1, rows: [] },
});

describe('placing copies', () => {
  const place = (state: () => PlacementStatus['state']) => {
    const { broker } = fakeBroker({
      'transfer.store': () => ({ placementId: 'p1', created: true }),
      'transfer.placement': () => status(state()),
    });
    const context = testContext({ broker: () => broker });
    const events: TransferEvent[] = [];
    const view = { handle: (event: TransferEvent) => void events.push(event), stop: () => undefined };
    const network = { networkId: 'shoal', anchors: [] } as never;
    const wanted = { copies: 2, storage: false, exclude: ['b'.repeat(40) as PeerId] };
    const done = { fileId: FILE } as DoneEvent;
    return { context, events, ended: placeCopies(done, wanted, network, view as never, context) };
  };

  it('ends when every copy is there', async () => {
    const { context, events, ended } = place(() => 'completed');
    await ended;
    expect(events.map(({ event }) => event)).toEqual(['placing', 'placed']);
    expect(context.output.stderr).toBe('');
  });

  it('says on Ctrl-C that the network goes on', async () => {
    let asked = (): void => undefined;
    const running = new Promise<void>((resolve) => (asked = resolve));
    const { context, ended } = place(() => (asked(), 'running'));
    await running;
    context.interrupt();
    await expect(ended).rejects.toMatchObject({ code: 'cancelled' });
    expect(context.output.stderr).toContain('the network goes on making copies');
  });
});
