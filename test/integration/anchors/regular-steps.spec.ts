import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { parseRedisUrl } from '#registry';
import { eventually, PrivateRedis } from '#testing';
import { BullSteps } from '../../../apps/transfer/src/bull-steps.js';
import type { Step } from '../../../apps/transfer/src/ports.js';

// A busy machine is slow, not wrong.
jest.setTimeout(30_000);

const LOOK: Step = { kind: 'gone', distributionId: 'all' };
const ANNOUNCE: Step = { kind: 'announce', distributionId: 'all' };

describe('a step that comes again and again', () => {
  const redis = new PrivateRedis(false);
  let steps: BullSteps;
  let client: Redis;
  let done: string[];

  beforeAll(async () => {
    await redis.start();
    client = new Redis(redis.url);
    steps = new BullSteps({ redis: parseRedisUrl(redis.url), prefix: 'test', onTrouble: () => {} });
    done = [];
    steps.start();
    steps.run(async ({ kind }) => void done.push(kind));
  });
  afterAll(async () => {
    await steps.stop();
    client.disconnect();
    await redis.stop();
  });

  const times = (kind: string): number => done.filter((one) => one === kind).length;

  it('comes again after Redis has lost everything, once somebody asks for it', async () => {
    await steps.repeat(LOOK, 100);
    await eventually(() => expect(times('gone')).toBeGreaterThan(2));
    await client.flushall();
    await steps.repeat(ANNOUNCE, 100);
    await eventually(() => expect(times('announce')).toBeGreaterThan(5));
    const lost = times('gone');
    await eventually(() => expect(times('announce')).toBeGreaterThan(10));
    expect(times('gone')).toBe(lost);
    await steps.repeat(LOOK, 100);
    await eventually(() => expect(times('gone')).toBeGreaterThan(lost + 2));
  });

  it('comes no later because it is asked for again', async () => {
    const begun = times('gone');
    for (let call = 0; times('gone') < begun + 5; call++) {
      await steps.repeat(LOOK, 100);
      if (call > 100_000) throw new Error('it never comes');
    }
    expect(await client.zcard(`test:steps:repeat`)).toBe(2);
  });
});
