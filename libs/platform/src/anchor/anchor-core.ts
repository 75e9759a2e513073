import { topologyOf, type Topology } from '#contracts';
import { AmqpBroker } from '../broker/amqp-broker.js';
import { brokerAway } from '../broker/amqp-errors.js';
import { BrokerOutgoing, type Outgoing } from '../broker/outgoing.js';
import { assertAnchorQueue, assertTopology, type QueueType } from '../broker/topology.js';
import type { Logger } from '../log/logger.js';

export interface AnchorSettings {
  readonly AMQP_URL: readonly string[];
  readonly ANCHOR_NAME: string;
  readonly SHOAL_NETWORK: string;
  readonly QUEUE_TYPE: QueueType;
}

/** One of the three processes of an anchor: its broker, with the network's topology on every connection. Not started. */
export class AnchorCore {
  readonly anchor: string;
  readonly network: string;
  readonly topology: Topology;
  readonly broker: AmqpBroker;
  readonly outgoing: Outgoing;
  private presence = false;

  /** `joins`: this process takes the joins that are addressed to its anchor. */
  constructor(
    settings: AnchorSettings,
    kind: string,
    readonly log: Logger,
    joins = false,
  ) {
    this.anchor = settings.ANCHOR_NAME;
    this.network = settings.SHOAL_NETWORK;
    this.topology = topologyOf(this.network);
    this.broker = new AmqpBroker({
      urls: settings.AMQP_URL,
      sender: this.anchor,
      connectionName: `${this.anchor}/${kind}`,
      network: this.network,
      log,
    });
    this.outgoing = new BrokerOutgoing(this.broker, this.topology);
    this.broker.onSession(async (session) => {
      const { presenceEvents } = await assertTopology(session, this.topology, settings.QUEUE_TYPE);
      this.presence = presenceEvents;
      if (joins) await assertAnchorQueue(session, this.topology, this.anchor);
    });
  }

  /** The broker says when a peer's inbox is gone. */
  get presenceEvents(): boolean {
    return this.presence;
  }

  /** @throws ShoalError `broker-away` */
  async checkBroker(): Promise<void> {
    if (!this.broker.isConnected) throw brokerAway('there is no connection to the broker');
  }
}
