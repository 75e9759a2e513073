import type { ReceivedRequest, ReplyBody, ReportBody } from '#contracts';
import type { Outgoing } from '#platform';
import type { HolderMoment, HolderOutcome, HolderRegistry } from '#registry';

/** Notes who holds what, and asks a peer to join or to report again when what it says cannot be placed. */
export class Holdings {
  constructor(
    private readonly holders: HolderRegistry,
    private readonly outgoing: Outgoing,
  ) {}

  async acknowledged(message: ReportBody<'chunk.acknowledged'>): Promise<void> {
    await this.answer(message, await this.holders.acknowledge(momentOf(message), message.files));
  }

  async retracted(message: ReportBody<'holdings.retracted'>): Promise<void> {
    await this.answer(message, await this.holders.retract(momentOf(message), message.files));
  }

  async reported(message: ReportBody<'holdings.reported'>): Promise<void> {
    const { part, parts, files } = message;
    await this.answer(message, await this.holders.report(momentOf(message), part, parts, files));
  }

  /** Asked before placed chunks are deleted. */
  async release(message: ReceivedRequest<'holdings.release'>): Promise<ReplyBody<'holdings.release'>> {
    const { outcome, released } = await this.holders.release(momentOf(message), message.file);
    await this.answer(message, outcome);
    return { released };
  }

  private async answer(
    to: Pick<ReportBody<'chunk.acknowledged'>, 'peerId' | 'incarnation'>,
    outcome: HolderOutcome,
  ): Promise<void> {
    switch (outcome) {
      case 'applied':
      case 'ignored':
        return;
      case 'unknown-peer':
        await this.outgoing.command(to, 'command.rejoin', { reason: 'the network does not know this peer' });
        return;
      case 'report-needed':
        await this.outgoing.command(to, 'command.report', {
          reason: 'messages came in an order that lost something',
        });
        return;
    }
  }
}

const momentOf = ({ peerId, incarnation, sequence }: HolderMoment): HolderMoment => ({
  peerId,
  incarnation,
  sequence,
});
