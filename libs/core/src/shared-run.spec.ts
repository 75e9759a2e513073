import { describe, expect, it } from '@jest/globals';
import { SharedRun } from './shared-run.js';

/** Runs that end when they are told to. */
class Runs {
  readonly begun: { key: string; end: (value: number) => void; fail: (error: Error) => void }[] = [];
  readonly shared = new SharedRun<number>(
    (key) => new Promise((end, fail) => this.begun.push({ key, end, fail })),
  );
  /** Ends the newest. */
  end(value: number): void {
    this.begun.at(-1)?.end(value);
  }
}

describe('SharedRun', () => {
  it('gives who comes while one is under way the next one, all of them the same', async () => {
    const runs = new Runs();
    const first = runs.shared.of('a');
    const later = [runs.shared.of('a'), runs.shared.of('a'), runs.shared.of('a')];
    expect(runs.begun).toHaveLength(1);
    runs.end(1);
    expect(await first).toBe(1);
    expect(runs.begun).toHaveLength(2);
    const latest = runs.shared.of('a');
    runs.end(2);
    expect(await Promise.all(later)).toEqual([2, 2, 2]);
    runs.end(3);
    expect(await latest).toBe(3);
    expect(runs.begun).toHaveLength(3);
  });

  it('runs again once nothing runs', async () => {
    const runs = new Runs();
    const first = runs.shared.of('a');
    runs.end(1);
    await first;
    const second = runs.shared.of('a');
    runs.end(2);
    expect(await second).toBe(2);
  });

  it('keeps different keys apart', async () => {
    const runs = new Runs();
    const both = [runs.shared.of('a'), runs.shared.of('b')];
    runs.begun[0]?.end(1);
    runs.begun[1]?.end(2);
    expect(await Promise.all(both)).toEqual([1, 2]);
  });

  it('tells a failure to those of that run only', async () => {
    const runs = new Runs();
    const first = runs.shared.of('a');
    const second = runs.shared.of('a');
    runs.begun[0]?.fail(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await new Promise((resolve) => setImmediate(resolve));
    runs.end(2);
    expect(await second).toBe(2);
  });
});
