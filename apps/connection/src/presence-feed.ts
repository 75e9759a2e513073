import type { Broker, Consumer, Startable } from '#platform';
import type { PresenceWatch } from './presence.js';

/** Deleted inboxes looked at together; the dials behind them have a cap of their own. */
const PREFETCH = 256;

/** Brings the broker's own `queue.deleted` events, which have no body, to the rules. All connection processes share them. */
export class PresenceFeed implements Startable {
  private consumer: Consumer | undefined;

  constructor(
    private readonly broker: Pick<Broker, 'consume'>,
    private readonly queue: string,
    private readonly presence: Pick<PresenceWatch, 'queueDeleted'>,
    private readonly untilWell: () => Promise<void>,
  ) {}

  async start(): Promise<void> {
    const options = { prefetch: PREFETCH, untilWell: this.untilWell };
    this.consumer = await this.broker.consume(this.queue, options, async ({ headers, redelivered }) => {
      const name = headers['name'];
      if (typeof name === 'string') await this.presence.queueDeleted(name, redelivered);
    });
  }

  async stop(): Promise<void> {
    await this.consumer?.stop();
  }
}
