import { topologyOf, type FactBody } from '#contracts';
import { AmqpBroker } from '#platform/broker';
import type { Network } from '../../../network/network.js';
import type { Services } from '../../../services/services.js';

type Ended = FactBody<'distribution.completed'>;

/** Whoever publishes the message at the public door, and hears how it ended. */
export class Operator {
  private constructor(
    readonly broker: AmqpBroker,
    private readonly network: string,
  ) {}

  static async start(
    services: Services,
    { id }: Pick<Network, 'id'>,
    onEnd: (end: Ended) => void,
  ): Promise<Operator> {
    const urls = [services.amqpUrl('operator')];
    const broker = new AmqpBroker({ urls, sender: 'cli', connectionName: 'cli/bench', network: id });
    broker.onSession(async (session) => {
      const queue = 'cli.bench-ends';
      await session.assertQueue(queue, { exclusive: true, durable: false });
      await session.bindQueue(queue, topologyOf(id).exchanges.events, 'distribution.*.*');
      await session.consume(queue, { prefetch: 10 }, async ({ body }) =>
        onEnd(JSON.parse(String(body)) as Ended),
      );
    });
    await broker.start(10_000);
    return new Operator(broker, id);
  }

  /** Resolves when the broker has it. */
  order(file: string, targets: readonly string[], messageId: string): Promise<void> {
    return this.broker.publish({
      exchange: topologyOf(this.network).exchanges.requests,
      key: 'transfer.download',
      name: 'transfer.download',
      messageId,
      body: { file, targets: [...targets] },
    });
  }

  stop(): Promise<void> {
    return this.broker.stop(0);
  }
}
