import { beforeAll, jest } from '@jest/globals';
import { assertTopology } from '#platform';
import { brokerContract, openTestNetwork, RABBIT_START_TIMEOUT, sharedRabbit } from '#testing';

// A busy machine is slow, not wrong.
jest.setTimeout(30_000);

beforeAll(() => sharedRabbit(), RABBIT_START_TIMEOUT);

brokerContract('the AMQP broker', async () => {
  const net = await openTestNetwork();
  const broker = net.broker('tester');
  const queues = new Map<string, readonly { exchange: string; key: string }[]>();
  broker.onSession(async (session) => {
    await assertTopology(session, net.topology, 'classic');
    for (const [name, bindings] of queues) {
      await session.assertQueue(name);
      for (const { exchange, key } of bindings) await session.bindQueue(name, exchange, key);
    }
  });
  let started = false;
  return {
    broker,
    network: net.network,
    declareQueue: async (name, bindings) => {
      net.ownQueue(name);
      queues.set(name, bindings);
      if (!started) await broker.start();
      else await redeclare();
      started = true;
    },
    close: () => net.close(),
  };

  // A second session setup would need a reconnect; a broker of its own declares what comes later.
  async function redeclare(): Promise<void> {
    const declaring = net.broker('declaring');
    declaring.onSession(async (session) => {
      for (const [name, bindings] of queues) {
        await session.assertQueue(name);
        for (const { exchange, key } of bindings) await session.bindQueue(name, exchange, key);
      }
    });
    await declaring.start();
    await declaring.stop();
  }
});
