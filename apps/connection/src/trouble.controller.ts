import { Controller } from '@nestjs/common';
import type { ReportBody } from '#contracts';
import { OnReport } from '#platform';
import { Accusations } from './accusations.js';
import { PresenceWatch } from './presence.js';

/** What peers say about each other. */
@Controller()
export class TroubleController {
  constructor(
    private readonly presence: PresenceWatch,
    private readonly accusations: Accusations,
  ) {}

  @OnReport('peer.unreachable')
  unreachable({ peerId, incarnation }: ReportBody<'peer.unreachable'>): Promise<void> {
    return this.presence.reportedUnreachable(peerId, incarnation);
  }

  @OnReport('peer.misbehaved')
  misbehaved({
    reporter,
    peerId,
    incarnation,
    fileId,
    chunk,
    evidence,
  }: ReportBody<'peer.misbehaved'>): Promise<void> {
    const what = `chunk ${chunk + 1} of ${fileId}: ${evidence}`;
    return this.accusations.add(reporter, peerId, incarnation, what);
  }
}
