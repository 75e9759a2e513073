import { describe, expect, it } from '@jest/globals';
import { SharedRead } from './shared-read.js';

/** Reads that end when they are told to. */
class Reads {
  readonly begun: { key: string; end: (value: number) => void; fail: (error: Error) => void }[] = [];
  readonly shared = new SharedRead<number>(
    (key) => new Promise((end, fail) => this.begun.push({ key, end, fail })),
  );
  /** Ends the newest read. */
  end(value: number): void {
    this.begun.at(-1)?.end(value);
  }
}

describe('SharedRead', () => {
  it('answers who comes while a read runs from the next one, all of them from one', async () => {
    const reads = new Reads();
    const first = reads.shared.of('a');
    const later = [reads.shared.of('a'), reads.shared.of('a'), reads.shared.of('a')];
    expect(reads.begun).toHaveLength(1);
    reads.end(1);
    expect(await first).toBe(1);
    expect(reads.begun).toHaveLength(2);
    const latest = reads.shared.of('a');
    reads.end(2);
    expect(await Promise.all(later)).toEqual([2, 2, 2]);
    reads.end(3);
    expect(await latest).toBe(3);
    expect(reads.begun).toHaveLength(3);
  });

  it('reads again once nothing runs', async () => {
    const reads = new Reads();
    const first = reads.shared.of('a');
    reads.end(1);
    await first;
    const second = reads.shared.of('a');
    reads.end(2);
    expect(await second).toBe(2);
  });

  it('keeps different keys apart', async () => {
    const reads = new Reads();
    const both = [reads.shared.of('a'), reads.shared.of('b')];
    reads.begun[0]?.end(1);
    reads.begun[1]?.end(2);
    expect(await Promise.all(both)).toEqual([1, 2]);
  });

  it('tells a failure to those of that read only', async () => {
    const reads = new Reads();
    const first = reads.shared.of('a');
    const second = reads.shared.of('a');
    reads.begun[0]?.fail(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await new Promise((resolve) => setImmediate(resolve));
    reads.end(2);
    expect(await second).toBe(2);
  });
});
