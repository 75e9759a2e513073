import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RUN_TAG } from '../../../tools/run/end-run.js';
import { pidsWithEnvironment } from '../../../tools/run/process-table.js';
import { askBroker } from '../../../tools/services/amqp-probe.js';
import { requireRedis } from '../../../tools/services/redis-probe.js';
import { startCommand, untilSo, type Command, type Started } from './command.js';

/** "Within 5 s" is a promise of the commands. */
const END_DEADLINE_MS = 5_000;
const START_TIMEOUT_MS = 90_000;

const amqp = ({ environment }: Started): string => environment['SHOAL_TEST_AMQP_URL_ADMIN'] as string;
const redis = ({ environment }: Started): string => environment['SHOAL_TEST_REDIS_URL'] as string;
const portsOf = (started: Started): string[] =>
  [amqp(started), redis(started), started.environment['SHOAL_TEST_ADMIN_URL'] as string].map(
    (url) => new URL(url).port,
  );

const expectNothingLeft = async (started: Started): Promise<void> => {
  await untilSo('the run folder is removed', END_DEADLINE_MS, () => !existsSync(started.run.folder));
  expect(pidsWithEnvironment(RUN_TAG, started.run.id)).toEqual([]);
  // Another run may have got one of the freed ports by now, but nobody knows these logins any more.
  await expect(askBroker(amqp(started))).rejects.toThrow();
  await expect(requireRedis('REDIS_URL', redis(started))).rejects.toThrow();
};

describe('private servers', () => {
  let temporary: string;
  let one: Command;
  let two: Command;

  beforeAll(async () => {
    temporary = mkdtempSync(join(tmpdir(), 'shoal-it-'));
    [one, two] = await Promise.all([startCommand(temporary), startCommand(temporary)]);
  }, START_TIMEOUT_MS);
  afterAll(() => {
    for (const command of [one, two]) command?.kill('SIGKILL');
    rmSync(temporary, { recursive: true, force: true });
  });

  it('answer under two commands at once, which share no port, login or folder', async () => {
    for (const { started } of [one, two]) {
      await expect(askBroker(amqp(started))).resolves.toMatchObject({ product: 'RabbitMQ' });
      await expect(requireRedis('REDIS_URL', redis(started))).resolves.toMatch(/^\d+\./);
    }
    const ports = [...portsOf(one.started), ...portsOf(two.started)];
    expect(new Set(ports).size).toBe(ports.length);
    expect(new URL(amqp(one.started)).password).not.toBe(new URL(amqp(two.started)).password);
    expect(one.started.run.folder).not.toBe(two.started.run.folder);
    await expect(askBroker(amqp(one.started).replace(/:[^:@]+@/, ':wrong@'))).rejects.toThrow(
      /ACCESS.REFUSED/,
    );
  });

  it('end with a command that is asked to stop, and leave the other one alone', async () => {
    one.kill('SIGTERM');
    await expect(one.exited).resolves.toBe(143);
    await expectNothingLeft(one.started);
    await expect(askBroker(amqp(two.started))).resolves.toMatchObject({ product: 'RabbitMQ' });
  });

  it('end within 5 s of a command that is killed, without a trace', async () => {
    expect(pidsWithEnvironment(RUN_TAG, two.started.run.id).length).toBeGreaterThan(3);
    two.kill('SIGKILL');
    await two.exited;
    await expectNothingLeft(two.started);
    const base = readdirSync(temporary).map((name) => join(temporary, name));
    expect(base.flatMap((folder) => readdirSync(folder))).toEqual([]);
  });
});
