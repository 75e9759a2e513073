import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Incarnations } from './incarnations.js';

describe('incarnations', () => {
  let folder: string;
  let time: number;
  let troubles: unknown[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shoal-incarnations-'));
    time = 5_000;
    troubles = [];
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const fresh = (): Incarnations =>
    new Incarnations(
      join(folder, 'incarnation'),
      () => time,
      (error) => troubles.push(error),
    );

  it('grow, also when the clock is set back and across restarts', async () => {
    const first = fresh();
    expect([await first.next(), await first.next()]).toEqual([5_000, 5_001]);
    time = 1_000;
    expect(await fresh().next()).toBe(5_002);
    time = 9_000;
    expect(await fresh().next()).toBe(9_000);
    expect(troubles).toEqual([]);
  });

  it('go on where they cannot be kept, and say so', async () => {
    const incarnations = fresh();
    await incarnations.next();
    await rm(folder, { recursive: true });
    expect(await incarnations.next()).toBe(5_001);
    expect(troubles).toMatchObject([{ code: 'ENOENT' }]);
  });
});
