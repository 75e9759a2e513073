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
import type { Broker } from './broker.js';

/** How an anchor speaks to peers and to the world. */
export interface Outgoing {
  /** Into the inbox of this incarnation. False when there is no such inbox: the peer is not online. */
  command<N extends CommandName>(
    to: { readonly peerId: PeerId; readonly incarnation: Incarnation },
    name: N,
    body: CommandBody<N>,
    messageId?: string,
  ): Promise<boolean>;
  /** `subject`: the peer, file or distribution that the fact is about. */
  fact<N extends FactName>(name: N, subject: string, body: FactBody<N>, messageId?: string): Promise<void>;
}

export class BrokerOutgoing implements Outgoing {
  constructor(
    private readonly broker: Broker,
    private readonly topology: Topology,
  ) {}

  async command<N extends CommandName>(
    to: { readonly peerId: PeerId; readonly incarnation: Incarnation },
    name: N,
    body: CommandBody<N>,
    messageId?: string,
  ): Promise<boolean> {
    const key = inboxQueue(to.peerId, to.incarnation);
    try {
      await this.broker.publish({ exchange: '', key, name, body, mandatory: true, ...withId(messageId) });
      return true;
    } catch (error) {
      if (error instanceof ShoalError && error.code === 'unroutable') return false;
      throw error;
    }
  }

  fact<N extends FactName>(name: N, subject: string, body: FactBody<N>, messageId?: string): Promise<void> {
    return this.broker.publish({
      exchange: this.topology.exchanges.events,
      key: factKey(name, subject),
      name,
      body,
      ...withId(messageId),
    });
  }
}

const withId = (messageId: string | undefined): { messageId?: string } =>
  messageId === undefined ? {} : { messageId };
