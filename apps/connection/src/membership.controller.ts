import { Controller } from '@nestjs/common';
import type { ReceivedRequest, ReplyBody, ReportBody } from '#contracts';
import { OnReport, OnRequest, type MessageContext } from '#platform';
import { Joining } from './joining.js';
import { Leases } from './leases.js';
import { Listing } from './listing.js';

/** Coming, staying, leaving, and who is here. */
@Controller()
export class MembershipController {
  constructor(
    private readonly joining: Joining,
    private readonly leases: Leases,
    private readonly listing: Listing,
  ) {}

  @OnRequest('connection.join')
  join(request: ReceivedRequest<'connection.join'>): Promise<ReplyBody<'connection.join'>> {
    return this.joining.join(request);
  }

  @OnRequest('connection.leave')
  async leave(
    { peerId, incarnation }: ReceivedRequest<'connection.leave'>,
    { redelivered }: MessageContext,
  ): Promise<ReplyBody<'connection.leave'>> {
    return { left: await this.joining.leave(peerId, incarnation, redelivered) };
  }

  @OnReport('connection.lease')
  lease(report: ReportBody<'connection.lease'>): Promise<void> {
    return this.leases.renew(report);
  }

  @OnRequest('connection.peers')
  peers({ after, limit }: ReceivedRequest<'connection.peers'>): Promise<ReplyBody<'connection.peers'>> {
    return this.listing.page(after, limit);
  }
}
