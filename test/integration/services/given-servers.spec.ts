import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect } from 'amqplib';
import { Redis } from 'ioredis';
import { topologyOf } from '#contracts';
import { Run } from '../../../tools/run/run.js';
import { startServices } from '../../../tools/services/start-services.js';
import { testServices } from '../../../tools/services/test-environment.js';

const handedOver = testServices();
const given = { AMQP_URL: handedOver.amqpUrl('admin'), REDIS_URL: handedOver.redisUrl };

describe('servers that are given', () => {
  let base: string;
  let run: Run;
  beforeEach(async () => {
    base = mkdtempSync(join(tmpdir(), 'shoal-it-'));
    run = await Run.open({ command: 'test', base });
  });
  afterEach(async () => {
    await run.close();
    rmSync(base, { recursive: true, force: true });
  });

  it('are used under a network id of the run, of which nothing stays', async () => {
    const services = await startServices(run, { environment: given });
    expect(services.network).toBe(`shoal-${run.id}`);
    expect(services.amqpUrl('peer')).toBe(given.AMQP_URL);
    expect(services.broker).toBeUndefined();

    const connection = await connect(given.AMQP_URL);
    const redis = new Redis(given.REDIS_URL);
    const { exchanges, queues } = topologyOf(services.network);
    const setUp = await connection.createChannel();
    await setUp.assertExchange(exchanges.requests, 'topic');
    await setUp.assertQueue(queues.connection.name);
    await redis.set(`${services.network}:peers`, '1');
    await redis.set('untouched', '1');

    await services.stop();
    expect(await redis.keys(`*${services.network}*`)).toEqual([]);
    expect(await redis.del('untouched')).toBe(1);
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    await expect(channel.checkQueue(queues.connection.name)).rejects.toThrow(/NOT.FOUND/);
    redis.disconnect();
    await connection.close();
  });

  it('must answer; the message names the variable', async () => {
    const nobody = 'amqp://user:secret@127.0.0.1:1';
    const failure = startServices(run, { environment: { ...given, AMQP_URL: nobody } });
    await expect(failure).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringMatching(/^AMQP_URL/),
    });
    const other = startServices(run, { environment: { ...given, REDIS_URL: 'redis://127.0.0.1:1' } });
    await expect(other).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringMatching(/^REDIS_URL/),
    });
  });

  it('or installed, or installable: else the choices are told', async () => {
    const folders = { path: [], rabbitmq: [], erlang: [] };
    const failure = startServices(run, { environment: { SHOAL_NO_INSTALL: '1' }, folders });
    await expect(failure).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining('RabbitMQ and Redis'),
      hint: expect.stringContaining('docker compose up'),
    });
  });
});
