import type { CommandBody, CommandName, FactBody, FactName } from '#contracts';
import type { Incarnation, PeerId } from '#core';

/** Steps of a distribution that run as jobs: done later, done again when they fail, done once each. */
export type Step =
  /** Send the commands of every row that waits. */
  | { readonly kind: 'start'; readonly distributionId: string }
  /** Tell the world what the outbox holds. */
  | { readonly kind: 'announce'; readonly distributionId: string };

export interface Steps {
  /** Durable when it resolves. The same step twice is one job while it waits or runs. */
  add(step: Step): Promise<void>;
}

/** How transfer speaks to peers and to the world. */
export interface Outgoing {
  /** Into the inbox of this incarnation. False when the peer has no such inbox: it is not online. */
  command<N extends CommandName>(
    to: { readonly peerId: PeerId; readonly incarnation: Incarnation },
    name: N,
    body: CommandBody<N>,
    messageId: string,
  ): Promise<boolean>;
  fact<N extends FactName>(name: N, subject: string, body: FactBody<N>, messageId: string): Promise<void>;
}
