import type { Clock, FileId } from '#core';
import type { HeldFile, ReceivedRequest, ReplyBody, ReportBody } from '#contracts';
import type { Outgoing } from '#platform';
import type { HolderMoment, HolderOutcome, HolderRegistry, ManifestRegistry } from '#registry';

type Sender = Pick<ReportBody<'chunk.acknowledged'>, 'peerId' | 'incarnation'>;

/**
 * Notes who holds what, asks a peer to join or to report again when what it says cannot be placed, and tells it to drop what
 * was removed everywhere while it was away.
 */
export class Holdings {
  constructor(
    private readonly holders: HolderRegistry,
    private readonly manifests: Pick<ManifestRegistry, 'dropped'>,
    private readonly outgoing: Outgoing,
    private readonly clock: Clock,
  ) {}

  async acknowledged(message: ReportBody<'chunk.acknowledged'>): Promise<void> {
    const [outcome] = await Promise.all([
      this.holders.acknowledge(momentOf(message), message.files),
      this.dropRemoved(message, message.files),
    ]);
    await this.answer(message, outcome);
  }

  async retracted(message: ReportBody<'holdings.retracted'>): Promise<void> {
    await this.answer(message, await this.holders.retract(momentOf(message), message.files));
  }

  async reported(message: ReportBody<'holdings.reported'>): Promise<void> {
    const { part, parts, files } = message;
    const [outcome] = await Promise.all([
      this.holders.report(momentOf(message), part, parts, files),
      this.dropRemoved(message, files),
    ]);
    await this.answer(message, outcome);
  }

  /** Asked before placed chunks are deleted. */
  async release(message: ReceivedRequest<'holdings.release'>): Promise<ReplyBody<'holdings.release'>> {
    const { outcome, released } = await this.holders.release(momentOf(message), message.file);
    await this.answer(message, outcome);
    return { released };
  }

  private async dropRemoved(to: Sender, files: readonly HeldFile[]): Promise<void> {
    const ids = files.map(({ fileId }): FileId => fileId);
    for (const fileId of await this.manifests.dropped(ids, this.clock.now())) {
      const reason = 'it was removed everywhere while this peer was away';
      await this.outgoing.command(to, 'command.drop', { commandId: `drop/${fileId}`, fileId, reason });
    }
  }

  private async answer(to: Sender, outcome: HolderOutcome): Promise<void> {
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
