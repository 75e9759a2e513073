import type { DistributionRegistry } from '#registry';
import type { Outgoing } from '#platform';

/** Facts sent between two confirmations. */
const BATCH = 100;

/** Empties the outbox: each fact at least once, always under the same message id. */
export class Announcing {
  constructor(
    private readonly distributions: DistributionRegistry,
    private readonly outgoing: Outgoing,
  ) {}

  async run(): Promise<void> {
    for (;;) {
      const facts = await this.distributions.takeOutbox(BATCH);
      if (facts.length === 0) return;
      for (const { name, body, messageId } of facts) {
        await this.outgoing.fact(name, body.distributionId, body, messageId);
      }
      await this.distributions.confirmOutbox(facts.map(({ messageId }) => messageId));
    }
  }
}
