import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { fakeControl, json, statusOf } from '../test-support/fake-control.js';
import { pruneOneShots } from './prune.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shoal-prune-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const now = Date.now();
const usedDaysAgo = (name: string, days: number): string => {
  const one = join(folder, name);
  mkdirSync(one);
  writeFileSync(join(one, 'peer.log'), '');
  const seconds = now / 1_000 - days * 86_400;
  utimesSync(join(one, 'peer.log'), seconds, seconds);
  return one;
};

it('removes what was not used for 90 days and does not run', async () => {
  const [old, recent, running] = [usedDaysAgo('a', 91), usedDaysAgo('b', 89), usedDaysAgo('c', 91)];
  const foreign = join(folder, 'notes');
  mkdirSync(foreign);
  const control = await fakeControl(
    (_request, response) => json(response, statusOf()),
    join(running, 'control.sock'),
  );
  await pruneOneShots(folder, now);
  expect([old, recent, running, foreign].map((one) => existsSync(one))).toEqual([false, true, true, true]);
  await control.close();
});

it('does not mind a folder that is not there', async () => {
  rmSync(folder, { recursive: true });
  await expect(pruneOneShots(folder, now)).resolves.toBeUndefined();
});
