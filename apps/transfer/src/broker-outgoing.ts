import { ShoalError, type Incarnation, type PeerId } from '#core';
import {
  factKey,
  inboxQueue,
  type CommandBody,
  type CommandName,
  type FactBody,
  type FactName,
  type Topology,
} from '#contracts';
import type { Broker } from '#platform';
import type { Outgoing } from './ports.js';

export class BrokerOutgoing implements Outgoing {
  constructor(
    private readonly broker: Broker,
    private readonly topology: Topology,
  ) {}

  async command<N extends CommandName>(
    to: { readonly peerId: PeerId; readonly incarnation: Incarnation },
    name: N,
    body: CommandBody<N>,
    messageId: string,
  ): Promise<boolean> {
    const key = inboxQueue(to.peerId, to.incarnation);
    try {
      await this.broker.publish({ exchange: '', key, name, body, messageId, mandatory: true });
      return true;
    } catch (error) {
      if (error instanceof ShoalError && error.code === 'unroutable') return false;
      throw error;
    }
  }

  fact<N extends FactName>(name: N, subject: string, body: FactBody<N>, messageId: string): Promise<void> {
    return this.broker.publish({
      exchange: this.topology.exchanges.events,
      key: factKey(name, subject),
      name,
      body,
      messageId,
    });
  }
}
