import type { Clock, Incarnation, PeerId } from '#core';
import type { CommandBody, CommandName, FactBody, FactName } from '#contracts';
import type { Outgoing } from './outgoing.js';

/** Milliseconds in which the same reminder is sent to one peer only once: every message of a lost peer asks for one. */
const QUIET = 2_000;
/** Reminders remembered; all are forgotten when there are more. */
const REMEMBERED = 10_000;
const REMINDERS: ReadonlySet<CommandName> = new Set<CommandName>(['command.rejoin', 'command.report']);

/** Passes everything on, but reminders to join or to report again only once in a while for each peer. */
export class ThrottledOutgoing implements Outgoing {
  private readonly sentAt = new Map<string, number>();

  constructor(
    private readonly outgoing: Outgoing,
    private readonly clock: Clock,
  ) {}

  async command<N extends CommandName>(
    to: { readonly peerId: PeerId; readonly incarnation: Incarnation },
    name: N,
    body: CommandBody<N>,
    messageId?: string,
  ): Promise<boolean> {
    if (REMINDERS.has(name) && !this.isDue(`${name} ${to.peerId} ${to.incarnation}`)) return true;
    return this.outgoing.command(to, name, body, messageId);
  }

  fact<N extends FactName>(name: N, subject: string, body: FactBody<N>, messageId?: string): Promise<void> {
    return this.outgoing.fact(name, subject, body, messageId);
  }

  private isDue(key: string): boolean {
    const now = this.clock.now();
    if (now - (this.sentAt.get(key) ?? -QUIET) < QUIET) return false;
    if (this.sentAt.size >= REMEMBERED) this.sentAt.clear();
    this.sentAt.set(key, now);
    return true;
  }
}
