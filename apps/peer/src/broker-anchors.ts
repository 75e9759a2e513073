import type { PeerId } from '#core';
import {
  anchorJoinKey,
  factKey,
  requestKey,
  type FactBody,
  type FactName,
  type ReplyBody,
  type ReportBody,
  type ReportName,
  type RequestBody,
  type RequestName,
  type Topology,
} from '#contracts';
import type { Broker } from '#platform';
import type { AskToJoin } from './membership.js';
import type { AnchorLink } from './ports.js';

/** One try of a join; the next anchor of the list is asked after it. */
const JOIN_TIMEOUT_MS = 3_000;

/** The anchors as they are reached over the broker. */
export class BrokerAnchors implements AnchorLink {
  constructor(
    private readonly broker: Broker,
    private readonly topology: Topology,
    private readonly self: PeerId,
  ) {}

  request<N extends RequestName>(
    name: N,
    body: RequestBody<N>,
    options: { readonly timeoutMs?: number; readonly tries?: number; readonly expirationMs?: number } = {},
  ): Promise<ReplyBody<N>> {
    return this.broker.request(name, body, options);
  }

  report<N extends ReportName>(name: N, body: ReportBody<N>): Promise<void> {
    return this.broker.publish({
      exchange: this.topology.exchanges.requests,
      key: requestKey(name, this.self),
      name,
      body,
    });
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

  /** A join to one anchor comes back at once when nobody there listens; a join to any waits in the shared queue. */
  readonly askToJoin: AskToJoin = (anchor, body) =>
    this.broker.request('connection.join', body, {
      ...(anchor === undefined ? {} : { key: anchorJoinKey(anchor, this.self) }),
      mandatory: true,
      tries: 1,
      timeoutMs: JOIN_TIMEOUT_MS,
    });
}
