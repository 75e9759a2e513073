import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'amqplib';
import { Redis } from 'ioredis';
import { Run } from '../../../tools/run/run.js';
import type { Services } from '../../../tools/services/services.js';
import { startServices } from '../../../tools/services/start-services.js';

const START_TIMEOUT_MS = 90_000;

describe('private servers that crash', () => {
  let base: string;
  let run: Run;
  let services: Services;
  beforeAll(async () => {
    base = mkdtempSync(join(tmpdir(), 'shoal-it-'));
    run = await Run.open({ command: 'test', base });
    services = await startServices(run, { environment: {}, durable: true });
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await run?.close();
    rmSync(base, { recursive: true, force: true });
  });

  it(
    'come back on the same addresses with what was durable',
    async () => {
      const url = services.amqpUrl('anchor');
      const queue = `${services.network}.manifest`;
      const before = await connect(url);
      before.on('error', () => undefined);
      const channel = await before.createConfirmChannel();
      await channel.assertQueue(queue, { durable: true });
      channel.sendToQueue(queue, Buffer.from('kept'), { persistent: true });
      await channel.waitForConfirms();
      const redis = new Redis(services.redisUrl, { retryStrategy: () => 100 });
      redis.on('error', () => undefined);
      await redis.set('kept', 'yes');

      const pids = [services.broker?.pid, services.redis?.pid];
      await Promise.all([services.broker?.kill(), services.redis?.kill()]);
      await Promise.all([services.broker?.restart(), services.redis?.restart()]);

      expect([services.broker?.pid, services.redis?.pid]).not.toEqual(pids);
      await expect(redis.get('kept')).resolves.toBe('yes');
      const after = await connect(url);
      const message = await (await after.createChannel()).get(queue, { noAck: true });
      expect(message && message.content.toString()).toBe('kept');
      redis.disconnect();
      await after.close();
    },
    2 * START_TIMEOUT_MS,
  );

  it('tell the end of their log when they cannot start', async () => {
    await services.redis?.kill();
    const { port } = new URL(services.redisUrl);
    const squatter = createServer((socket) => socket.destroy()).listen(Number(port), '127.0.0.1');
    await once(squatter, 'listening');
    await expect(services.redis?.restart()).rejects.toThrow(/redis ended before it was ready[^]*in use/);
    squatter.close();
  });
});
