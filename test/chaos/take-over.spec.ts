import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sha256 } from '../e2e/network/stage.js';
import { startPart } from './anchor-part.js';
import { KillStage } from './kill-stage.js';

const SIZE = 32 * 1_024;
const CHUNK = 16 * 1_024;
/** Orders until the one that is to die has had its turn: either process may take a step. */
const ORDERS_MAX = 50;
/** In the middle of a step. */
const POINTS = [
  'after distributions.claim',
  'after outgoing.command command.download',
  'before outgoing.fact distribution.completed',
] as const;

describe('of two transfer processes one dies in the middle of a step and does not come back', () => {
  let on: KillStage;

  beforeAll(async () => {
    on = await KillStage.open(['host1', 'host2']);
  }, 120_000);
  afterAll(() => on?.close());

  it.each(POINTS)(
    '%s: the other one does the rest',
    async (point) => {
      const dying = await startPart(on.stage, 'transfer', { point });
      for (let number = 1; !dying.hasExited; number++) {
        expect(number).toBeLessThanOrEqual(ORDERS_MAX);
        const file = `${point.replaceAll(/[ .]/g, '-')}-${number}`;
        const bytes = randomBytes(SIZE);
        await on.stage.publish('host1', file, bytes, CHUNK);
        const id = await on.order(file, { targets: ['host2'] });
        await on.ended(id);
        expect(sha256(on.stage.read('host2', file))).toBe(sha256(bytes));
        expect(new Set(on.endsOf(id).map(({ name, id: told }) => `${name} ${told}`)).size).toBe(1);
      }
    },
    120_000,
  );
});
