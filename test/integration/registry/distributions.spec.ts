import { describe, expect, it } from '@jest/globals';
import { distributionOrder, peerIdFor } from '#testing';
import { realRegistries } from './real-registries.js';

const real = realRegistries();
const WEEK = 7 * 24 * 60 * 60_000;

describe('a distribution to 10,000 targets', () => {
  it('is 10,000 fields, ends once, and is read whole', async () => {
    const networkId = real.networkId();
    const { distributions } = real.makeIn(networkId);
    const names = Array.from({ length: 10_000 }, (_, number) => `host${number}`);
    const { distribution } = await distributions.create(distributionOrder('d1', names));
    expect(distribution.targets).toBe(10_000);
    const keys = await real.keys(networkId);
    expect(keys.filter((key) => !key.startsWith('pending:'))).toEqual([
      'distribution:d1',
      'distributions',
      'idempotency:key of d1',
      'queue:d1',
      'rows:d1',
    ]);
    const limits = { concurrency: 10_000, boundary: 10_000, limit: 500, now: 15_000 };
    for (let left = names.length; left > 0;) {
      const { rows } = await distributions.claim('d1', limits);
      expect(rows).toHaveLength(500);
      const commands = rows.map(({ peerId, epoch }) => ({ peerId, epoch, arrived: true }));
      await distributions.sent('d1', commands, 15_000);
      left -= rows.length;
    }
    expect(await distributions.claim('d1', limits)).toEqual({ rows: [] });
    const settle = async (name: string): Promise<void> => {
      const move = { to: 'done', epoch: 0, bytes: 5_000, now: 20_000 } as const;
      await distributions.moveRow('d1', peerIdFor(name), move);
    };
    for (let at = 0; at < names.length; at += 1_000) {
      await Promise.all(names.slice(at, at + 1_000).map(settle));
    }
    expect(await distributions.takeOutbox(5)).toHaveLength(1);
    expect((await distributions.rows('d1')).every(({ state }) => state === 'done')).toBe(true);
    expect((await distributions.takeOutbox(5))[0]?.body).toMatchObject({ targets: 10_000, done: 10_000 });
    expect((await real.keys(networkId)).filter((key) => key.startsWith('pending:'))).toEqual([]);
  }, 60_000);

  it('is cancelled in one step', async () => {
    const { distributions } = real.make();
    const names = Array.from({ length: 10_000 }, (_, number) => `host${number}`);
    await distributions.create(distributionOrder('d1', names));
    const { ended, distribution } = await distributions.end('d1', { rows: 'cancelled', now: 20_000 });
    expect(ended).toBe(10_000);
    expect(distribution?.state).toBe('cancelled');
    expect(await distributions.pendingFor(peerIdFor('host77'))).toEqual([]);
  }, 60_000);
});

describe('what has ended', () => {
  it('expires after a week, its key a week after the request', async () => {
    const networkId = real.networkId();
    const { distributions } = real.makeIn(networkId);
    const { client } = real.connection;
    const lifetime = (key: string): Promise<number> => client.pttl(`${networkId}:${key}`);
    await distributions.create(distributionOrder('d1', ['ada'], { idempotencyKey: 'k' }));
    expect(await lifetime('idempotency:k')).toBeGreaterThan(WEEK - 60_000);
    expect(await lifetime('distribution:d1')).toBe(-1);
    await distributions.moveRow('d1', peerIdFor('ada'), { to: 'failed', epoch: 0, now: 20_000 });
    for (const key of ['distribution:d1', 'rows:d1']) {
      const left = await lifetime(key);
      expect(left).toBeGreaterThan(WEEK - 60_000);
      expect(left).toBeLessThanOrEqual(WEEK);
    }
  });

  it('makes no page short: what comes after it is listed, too', async () => {
    const networkId = real.networkId();
    const { distributions } = real.makeIn(networkId);
    for (let number = 0; number < 6; number++)
      await distributions.create(distributionOrder(`d${number}`, ['ada'], { now: number }));
    await real.connection.client.del(...[5, 4, 2].map((number) => `${networkId}:distribution:d${number}`));
    const page = await distributions.list(undefined, 2);
    expect(page.map(({ id }) => id)).toEqual(['d3', 'd1']);
    expect((await distributions.list('d1', 2)).map(({ id }) => id)).toEqual(['d0']);
  });

  it('leaves lists and the outbox when it has expired', async () => {
    const networkId = real.networkId();
    const { distributions } = real.makeIn(networkId);
    await distributions.create(distributionOrder('old', ['ada'], { now: 100 }));
    await distributions.create(distributionOrder('new', ['ada'], { now: 200 }));
    await distributions.end('old', { rows: 'cancelled', now: 300 });
    await real.connection.client.del(`${networkId}:distribution:old`, `${networkId}:rows:old`);
    expect((await distributions.list(undefined, 10)).map(({ id }) => id)).toEqual(['new']);
    expect(await distributions.takeOutbox(10)).toEqual([]);
    const index = await real.connection.client.zrange(`${networkId}:distributions`, '0', '-1');
    expect(index).toEqual(['new']);
    expect(await real.keys(networkId)).not.toContain('outbox');
  });

  it('refuses a target whose name could break a row', async () => {
    const { distributions } = real.make();
    await expect(distributions.create(distributionOrder('d1', ['a|b']))).rejects.toMatchObject({
      code: 'bad-name',
    });
  });
});
