import { describe, it, expect } from '@jest/globals';
import fc from 'fast-check';
import { DurabilityLedger } from './durability-ledger.js';

const written = (...chunks: number[]): DurabilityLedger => {
  const ledger = new DurabilityLedger(8);
  for (const chunk of chunks) ledger.endWrite(chunk, ledger.beginWrite());
  return ledger;
};

describe('DurabilityLedger', () => {
  it('calls durable only what was written before the sync began', () => {
    const ledger = written(0, 1);
    const covered = ledger.beginSync();
    ledger.endWrite(5, ledger.beginWrite());
    ledger.endSync(covered);
    expect([...ledger.chunks]).toEqual([0, 1, 5]);
    expect([...ledger.durable]).toEqual([0, 1]);
  });

  it('gives up everything that is not durable when a sync fails', () => {
    const ledger = written(0, 1);
    ledger.endSync(ledger.beginSync());
    ledger.endWrite(3, ledger.beginWrite());
    ledger.beginSync();
    ledger.endWrite(4, ledger.beginWrite());
    expect(ledger.failSync()).toEqual([{ start: 3, end: 5 }]);
    expect([...ledger.chunks]).toEqual([0, 1]);
    expect([...ledger.durable]).toEqual([0, 1]);
  });

  it('does not trust a write during which a sync failed', () => {
    const ledger = written(0);
    const token = ledger.beginWrite();
    ledger.failSync();
    expect(ledger.endWrite(2, token)).toBe(false);
    expect(ledger.chunks.isEmpty).toBe(true);
    expect(ledger.endWrite(2, ledger.beginWrite())).toBe(true);
  });

  it('forgets a chunk that cannot be read back', () => {
    const ledger = written(1);
    ledger.endSync(ledger.beginSync());
    ledger.lose(1);
    expect(ledger.chunks.isEmpty && ledger.durable.isEmpty).toBe(true);
  });

  it('never calls durable what a failed sync may have dropped', () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constantFrom('begin', 'end'), chunk: fc.nat(7) }),
      fc.record({ kind: fc.constantFrom('sync', 'synced', 'failed'), chunk: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const ledger = new DurabilityLedger(8);
        const writes = new Map<number, number>();
        const dirty = new Set<number>(); // in memory, as the kernel has it
        const disk = new Set<number>();
        let sync: { covered: readonly number[]; pages: number[] } | undefined;
        for (const { kind, chunk } of actions) {
          if (kind === 'begin') writes.set(chunk, ledger.beginWrite());
          if (kind === 'end' && writes.has(chunk)) {
            if (ledger.endWrite(chunk, writes.get(chunk) as number)) dirty.add(chunk);
            writes.delete(chunk);
          }
          if (kind === 'sync') sync ??= { covered: ledger.beginSync(), pages: [...dirty] };
          if (kind === 'synced' && sync !== undefined) {
            for (const page of sync.pages) disk.add(page);
            ledger.endSync(sync.covered);
            sync = undefined;
          }
          if (kind === 'failed' && sync !== undefined) {
            ledger.failSync();
            dirty.clear();
            sync = undefined;
          }
          for (const held of ledger.durable) {
            expect(disk.has(held)).toBe(true);
            expect(ledger.chunks.has(held)).toBe(true);
          }
        }
      }),
    );
  });
});
