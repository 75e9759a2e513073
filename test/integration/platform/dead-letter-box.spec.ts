import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ShoalError, type PeerId } from '#core';
import { inboxQueue } from '#contracts';
import { AmqpDeadLetterBox, type AmqpBroker, type IncomingMessage } from '#platform';
import { openTestNetwork, type TestNetwork } from '#testing';
import { testServices } from '../../../tools/services/test-environment.js';

const services = testServices();
const INBOX = inboxQueue('ab'.repeat(20) as PeerId, 1);

describe('the box of dead letters', () => {
  let net: TestNetwork;
  let anchor: AmqpBroker;
  const boxes: AmqpDeadLetterBox[] = [];
  /** What the consumer of the transfer queue got; it refuses what says so. */
  let got: IncomingMessage[];
  let onMessage: () => void;

  beforeAll(async () => {
    net = await openTestNetwork();
    anchor = await net.anchor('server1');
    const { transfer } = net.topology.queues;
    await anchor.consume(transfer.name, { prefetch: 1 }, async (message) => {
      got.push(message);
      setImmediate(() => onMessage());
      if (message.body.includes('refuse')) throw new ShoalError('bad-message', 'it says refuse');
    });
  });
  beforeEach(() => {
    got = [];
    onMessage = () => undefined;
  });
  afterEach(async () => {
    const box = await open();
    await box.drop(() => true);
    for (const each of boxes.splice(0)) await each.close();
  });
  afterAll(() => net.close());

  const open = async (role: 'operator' | 'peer' | 'admin' = 'operator'): Promise<AmqpDeadLetterBox> => {
    for (const each of boxes.splice(0)) await each.close();
    const box = await AmqpDeadLetterBox.open({
      urls: [services.amqpUrl(role)],
      network: net.network,
      connectionName: 'cli/dead-letters',
    });
    boxes.push(box);
    return box;
  };
  const letters = async (count: number): Promise<void> => {
    const { dead } = net.topology.queues;
    for (let at = 0; at < count; at++) {
      await anchor.publish({
        exchange: net.topology.exchanges.requests,
        key: 'transfer.download.cli',
        name: 'transfer.download',
        messageId: `m${at}`,
        correlationId: 'c1',
        headers: { mine: at },
        body: { refuse: at },
      });
    }
    await untilThere(dead.name, count);
  };
  /** Dead letters are confirmed before their message is acked, so the next one comes after them. */
  const untilThere = async (queue: string, count: number): Promise<void> => {
    await new Promise<void>((resolve) => {
      onMessage = () => got.length >= count && resolve();
      onMessage();
    });
    // By what it says: the turn of a message before it may still be to come.
    const marker = new Promise<void>((resolve) => {
      onMessage = () => got.some(({ body }) => body.includes('"last"')) && resolve();
    });
    await anchor.publish({
      exchange: net.topology.exchanges.requests,
      key: 'transfer.download.cli',
      name: 'transfer.download',
      body: { last: queue },
    });
    await marker;
    got = [];
  };

  it('is looked into without losing or changing anything', async () => {
    await letters(3);
    const box = await open();
    const [first, second] = [await box.list(), await box.list()];
    expect(second).toEqual(first);
    expect(first.map(({ messageId }) => messageId)).toEqual(['m0', 'm1', 'm2']);
    expect(first[0]).toMatchObject({
      name: 'transfer.download',
      exchange: net.topology.exchanges.requests,
      key: 'transfer.download.cli',
      queue: net.topology.queues.transfer.name,
      code: 'bad-message',
      reason: 'it says refuse',
      isCut: false,
      headers: { mine: 0 },
    });
    const [full] = await box.read(({ messageId }) => messageId === 'm1');
    expect(full?.body.toString()).toBe('{"refuse":1}');
    // A look that is cut short by the end of its connection gives everything back, too.
    await box.close();
    expect(await (await open()).list()).toEqual(first);
  });

  it('sends what is wanted to where it was sent first, and only that', async () => {
    await letters(3);
    const box = await open();
    const arrived = new Promise<void>((resolve) => (onMessage = resolve));
    const outcomes = await box.requeue(({ messageId }) => messageId === 'm1');
    expect(outcomes).toMatchObject([{ letter: { messageId: 'm1' } }]);
    await arrived;
    expect(got[0]).toMatchObject({
      exchange: net.topology.exchanges.requests,
      routingKey: 'transfer.download.cli',
      name: 'transfer.download',
      messageId: 'm1',
      correlationId: 'c1',
      headers: { mine: 1 },
    });
    expect(Object.keys(got[0]?.headers ?? {}).filter((name) => name.startsWith('shoal-dead'))).toEqual([]);
    // Refused again, it is a dead letter again, the newest.
    await untilThere('', 1);
    expect((await box.list()).map(({ messageId }) => messageId)).toEqual(['m0', 'm2', 'm1']);
  });

  it('drops what is wanted, and only that', async () => {
    await letters(2);
    const box = await open();
    await box.drop(({ messageId }) => messageId === 'm0');
    expect((await box.list()).map(({ messageId }) => messageId)).toEqual(['m1']);
  });

  it('is open once at a time', async () => {
    const first = await open();
    const again = { urls: [services.amqpUrl('operator')], network: net.network, connectionName: 'cli/x' };
    await expect(AmqpDeadLetterBox.open(again)).rejects.toMatchObject({ code: 'target-in-use' });
    await first.close();
    await (await AmqpDeadLetterBox.open(again)).close();
  });

  it('says which right is missing', async () => {
    await letters(1);
    await anchor.publish({
      ...{ exchange: net.topology.exchanges.dead, key: INBOX, name: 'command.report', body: { reason: '' } },
      headers: { 'shoal-dead-queue': INBOX, 'shoal-dead-at': 1, 'shoal-dead-exchange': '' },
    });
    const box = await open();
    const [inbox] = await box.requeue(({ key }) => key === INBOX);
    const peers = AmqpDeadLetterBox.open({
      ...{ urls: [services.amqpUrl('peer')], network: net.network, connectionName: 'cli/x' },
    });
    // It may be refused before anybody waits for it.
    peers.catch(() => undefined);
    if (process.env['SHOAL_TEST_ADMIN_URL'] === undefined) {
      await (await peers.catch(() => undefined))?.close();
      return; // A broker that was given has one user for everything.
    }
    expect(inbox?.error).toMatchObject({
      code: 'not-allowed',
      hint: expect.stringContaining('"write" on the exchange amq.default'),
    });
    expect(await box.list()).toHaveLength(2);
    await expect(peers).rejects.toMatchObject({
      code: 'not-allowed',
      hint: expect.stringContaining(`"configure" on the queue cli.${net.network}.dead-letters`),
    });
  });
});
